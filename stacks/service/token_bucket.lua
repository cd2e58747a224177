-- A token bucket in Redis, one for each client, shared by all instances of all services: read, refilled and written
-- in one script, which Redis runs alone, so that two instances cannot both take the last token.
--   KEYS[1]  the client's bucket
--   ARGV     tokens added per second; most tokens that it holds
-- Returns {1 if a token was taken or 0, whole tokens left, milliseconds until there is one, milliseconds until full}.
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call("TIME")
local now_ms = clock[1] * 1000 + math.floor(clock[2] / 1000)

local bucket = redis.call("HMGET", KEYS[1], "tokens", "at_ms")
local tokens = tonumber(bucket[1]) or burst
local at_ms = tonumber(bucket[2]) or now_ms
tokens = math.min(burst, tokens + math.max(0, now_ms - at_ms) * rate / 1000)

local taken = 0
if tokens >= 1 then
  taken, tokens = 1, tokens - 1
end
local until_one_ms = tokens >= 1 and 0 or math.ceil((1 - tokens) * 1000 / rate)
local until_full_ms = math.ceil((burst - tokens) * 1000 / rate)
-- As text: a Lua number handed to Redis would lose its fraction.
redis.call("HSET", KEYS[1], "tokens", tostring(tokens), "at_ms", now_ms)
redis.call("PEXPIRE", KEYS[1], until_full_ms + 1000)
return {taken, math.floor(tokens), until_one_ms, until_full_ms}
