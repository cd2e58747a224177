-- What the lab adds to wrk: every answer is checked, every error has a kind, and the latency histogram is
-- given whole, as one line of JSON, so that the histograms of several processes can be added up exactly.
--
-- Settings come from the environment:
--   LAB_REQUESTS      records (0x1e between) of method, path, header lines and body (0x1f between); asked in turn.
--                     {unique} in them is another text in each request
--   LAB_TURNS         their places (from 0) in the order in which they are asked; not given: one after the other
--   LAB_TOKENS        lines; one after the other is sent as Authorization: Bearer
--   LAB_RIGHT         a record for each request: the statuses that its answer may have, and the body that is right
--                     (=…), its length (#…), or nothing for any
--   LAB_CONNECTIONS   the same number that wrk gets with -c
--   LAB_LATER_S       how long after the load this process begins
--   LAB_SCRIPT_FILE   a script of somebody's own: it asks in place of all this, and the lab only counts

local ffi = require("ffi")

-- What is right for each request: its statuses as keys, and a body, the length of one, or neither.
local function all_right()
   local all = {}
   for statuses, mark, body in ((os.getenv("LAB_RIGHT") or "200\31") .. "\30"):gmatch("([%d ]*)\31([=#]?)(.-)\30") do
      local right = {body = mark == "=" and body or nil, length = mark == "#" and tonumber(body) or nil}
      for status in statuses:gmatch("%d+") do
         right[tonumber(status)] = true
      end
      all[#all + 1] = right
   end
   return all
end

local right_of = all_right()

-- Each thread of wrk has a Lua state of its own; these are the thread's counters. timeline[i] is the number of
-- answers in the i-th tenth of a second: it shows the ramp, so that connecting is not taken for serving.
wrong_status, wrong_body, timeline = 0, 0, {}

ffi.cdef [[
   typedef struct { long tv_sec, tv_nsec; } lab_timespec;
   int clock_gettime(int clock, lab_timespec *now);
]]
local MONOTONIC = 1
local now = ffi.new("lab_timespec")

local function tenths()
   ffi.C.clock_gettime(MONOTONIC, now)
   return tonumber(now.tv_sec) * 10 + tonumber(now.tv_nsec) * 1e-8
end

local start

-- A text that no other thread, process or round has: random bytes and a number, always equally long.
local UNIQUE, MARK = "{unique}", ("\1"):rep(24)
local random, count = nil, 0

local function unique()
   if not random then
      local file = assert(io.open("/dev/urandom", "rb"))
      random = file:read(8):gsub(".", function(byte) return string.format("%02x", byte:byte()) end)
      file:close()
   end
   count = count + 1
   return random .. string.format("%08x", count)
end

-- A request as the bytes to send, in pieces: between two of them comes a unique text.
local function pieces_of(record, token)
   local method, path, lines, body = record:gsub(UNIQUE, MARK):match("^(.-)\31(.-)\31(.-)\31(.*)$")
   local headers = {Host = wrk.headers["Host"], Authorization = token and "Bearer " .. token}
   for name, value in lines:gmatch("([^:\n]+): *([^\n]*)") do
      headers[name] = value
   end
   local pieces = {}
   for piece in (wrk.format(method, path, headers, body ~= "" and body or nil) .. MARK):gmatch("(.-)" .. MARK) do
      pieces[#pieces + 1] = piece
   end
   return pieces
end

local function joined(pieces)
   local text = pieces[1]
   for i = 2, #pieces do
      text = text .. unique() .. pieces[i]
   end
   return text
end

-- Every request with every token.
local function all_pieces()
   local tokens = {}
   for token in (os.getenv("LAB_TOKENS") or ""):gmatch("[^\n]+") do
      tokens[#tokens + 1] = token
   end
   local all = {}
   for record in ((os.getenv("LAB_REQUESTS") or "GET\31/\31\31") .. "\30"):gmatch("(.-)\30") do
      local pieces = {}
      for i = 1, math.max(#tokens, 1) do
         pieces[i] = pieces_of(record, tokens[i])
      end
      all[#all + 1] = pieces
   end
   return all
end

-- Which request an answer belongs to. wrk calls `response` without saying for which of its connections, so this looks
-- for it: of a thread's connections (wrk 4.1, src/wrk.h) it is the one whose answer's header lines have just been closed
-- with a zero, and what it had sent still lies in its buffer.
ffi.cdef [[
   typedef struct { char *start; size_t size; char *cursor; } lab_wrk_buffer;
   typedef struct { uint32_t flags, nread; uint64_t content_length; uint32_t version, status; void *data; } lab_wrk_parser;
   typedef struct {
      void *thread; lab_wrk_parser parser; int state, fd; void *ssl; bool delayed; uint64_t start;
      char *request; size_t length, written; uint64_t pending; lab_wrk_buffer headers, body; char received[8192];
   } lab_wrk_connection;
   typedef struct {
      unsigned long thread; void *loop, *address; uint64_t connections, complete, requests, bytes, start; void *lua;
      uint32_t errors[5]; lab_wrk_connection *connections_at;
   } lab_wrk_thread;
   int memcmp(const void *one, const void *other, size_t length);
]]

local this_thread
local place_of_bytes, beginnings = {}, {}

-- Remember how each request begins, or all of it where it is the same bytes each time.
local function remember(requests)
   for place, tokens in ipairs(requests) do
      for _, pieces in ipairs(tokens) do
         if #pieces == 1 then
            place_of_bytes[pieces[1]] = place
         else
            beginnings[#beginnings + 1] = {bytes = pieces[1], place = place}
         end
      end
   end
end

-- The structs above are those of one version of wrk: each connection must know its thread and itself.
local function require_known_wrk()
   this_thread = ffi.cast("lab_wrk_thread **", wrk.thread)[0]
   for i = 0, tonumber(this_thread.connections) - 1 do
      local connection = this_thread.connections_at + i
      if connection.thread ~= ffi.cast("void *", this_thread) or connection.parser.data ~= ffi.cast("void *", connection) then
         io.stderr:write("wrk.lua does not know this version of wrk: it cannot tell which request was answered\n")
         os.exit(1)
      end
   end
end

local function answered()
   for i = 0, tonumber(this_thread.connections) - 1 do
      local headers = this_thread.connections_at[i].headers
      if headers.cursor > headers.start and headers.cursor[-1] == 0 then
         return this_thread.connections_at[i]
      end
   end
end

local function place_of_answer()
   if not this_thread then
      require_known_wrk()
   end
   local connection = answered()
   local place = place_of_bytes[ffi.string(connection.request, connection.length)]
   for i = 1, place and 0 or #beginnings do
      local beginning = beginnings[i]
      if #beginning.bytes <= connection.length
         and ffi.C.memcmp(connection.request, beginning.bytes, #beginning.bytes) == 0 then
         return beginning.place
      end
   end
   return place
end

local several = false

local function turns_of(requests)
   local turns = {}
   for place in (os.getenv("LAB_TURNS") or ""):gmatch("%d+") do
      turns[#turns + 1] = tonumber(place) + 1
   end
   for i = 1, #turns == 0 and requests or 0 do
      turns[i] = i
   end
   return turns
end

local function begin()
   start = tenths() - 10 * tonumber(os.getenv("LAB_LATER_S") or "0")
end

function init()
   begin()
   local requests = all_pieces()
   local turns, turn = turns_of(#requests), -1
   local first = requests[1]
   several = #requests > 1
   if several then
      remember(requests)
   end
   if #requests == 1 and #first == 1 and #first[1] == 1 then
      -- Where `request` is wrk's own it sends the same bytes each time without asking Lua, which costs less.
      wrk.format = function() return first[1][1] end
      return
   end
   function request()
      turn = turn + 1
      local tokens = requests[turns[turn % #turns + 1]]
      return joined(tokens[turn % #tokens + 1])
   end
end

function response(status, _, body)
   local slot = math.floor(tenths() - start) + 1
   timeline[slot] = (timeline[slot] or 0) + 1
   local right = right_of[several and place_of_answer() or 1]
   if not right[status] then
      wrong_status = wrong_status + 1
   elseif (right.body and right.body ~= body) or (right.length and right.length ~= #body) then
      wrong_body = wrong_body + 1
   end
end

local threads = {}

function setup(thread)
   threads[#threads + 1] = thread
end

-- wrk hands its statistics to Lua as a userdata that holds a pointer to this struct (wrk 4.1, src/stats.h):
-- data[i] is the number of answers that took i microseconds. latency(i) would give the same, but searches
-- from the start each time: minutes for a wide histogram.
ffi.cdef [[ typedef struct { uint64_t count, limit, min, max; uint64_t data[]; } lab_wrk_stats; ]]

local function statistics(userdata)
   return ffi.cast("lab_wrk_stats **", userdata)[0]
end

-- Before it prints, wrk "corrects for coordinated omission": for each answer slower than twice the mean
-- interval it adds imaginary faster ones (src/stats.c, stats_correct). In a closed loop, where a connection
-- waits for its answer on purpose, those requests were never due. This walks the same steps backwards and
-- takes them out again, so that the counts add up to the answers that there were.
local function remove_imaginary_answers(stats, summary, connections)
   local rounds = math.floor(summary.requests / connections)
   if rounds == 0 then
      return
   end
   local expected = math.floor(summary.duration / rounds)
   for n = tonumber(stats.max), expected * 2, -1 do
      local count = stats.data[n]
      local m = n - expected
      while count ~= 0 and m > expected do
         stats.data[m] = stats.data[m] - count
         m = m - expected
      end
   end
end

local function histogram(stats)
   local pairs_of_us_and_count = {}
   for us = tonumber(stats.min), tonumber(stats.max) do
      local count = tonumber(stats.data[us])
      if count > 0 then
         pairs_of_us_and_count[#pairs_of_us_and_count + 1] = string.format("[%d,%d]", us, count)
      end
   end
   return table.concat(pairs_of_us_and_count, ",")
end

-- The answers of all threads in each tenth of a second, from the first slot to the last that has any.
local function merged_timeline()
   local sums, last = {}, 0
   for _, thread in ipairs(threads) do
      for slot, count in pairs(thread:get("timeline")) do
         sums[slot] = (sums[slot] or 0) + count
         last = math.max(last, slot)
      end
   end
   for slot = 1, last do
      sums[slot] = sums[slot] or 0
   end
   return table.concat(sums, ",")
end

function done(summary, latency, _)
   local status, body = 0, 0
   for _, thread in ipairs(threads) do
      status = status + thread:get("wrong_status")
      body = body + thread:get("wrong_body")
   end
   local stats = statistics(latency)
   remove_imaginary_answers(stats, summary, tonumber(os.getenv("LAB_CONNECTIONS")))
   local errors = summary.errors
   io.stdout:write(string.format(
      '{"requests":%d,"bytes":%d,"duration_us":%d,"errors":{"connect":%d,"read":%d,"write":%d,"timeout":%d,'
         .. '"status":%d,"body":%d},"per_100ms":[%s],"latency_us":[%s]}\n',
      summary.requests, summary.bytes, summary.duration, errors.connect, errors.read, errors.write,
      errors.timeout, status, body, merged_timeline(), histogram(stats)))
end

-- What somebody's own script defines is called as wrk would, and the lab's counting beside it. What it prints goes to
-- stderr: on stdout is what the lab reads.
local function run_beside(file)
   local counting = {setup = setup, response = response, done = done}
   setup, init, response, done = nil, nil, nil, nil
   print = function(...) io.stderr:write(table.concat({...}, "\t"), "\n") end
   io.output(io.stderr)
   dofile(file)
   local theirs = {setup = setup, init = init, response = response, done = done}
   for name, call in pairs(counting) do
      _G[name] = function(...)
         call(...)
         if theirs[name] then
            theirs[name](...)
         end
      end
   end
   function init(...)
      begin()
      if theirs.init then
         theirs.init(...)
      end
   end
end

if os.getenv("LAB_SCRIPT_FILE") then
   run_beside(os.getenv("LAB_SCRIPT_FILE"))
end
