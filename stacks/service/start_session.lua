-- Begins a session, unless its user is being deleted or given another role at this moment.
--   KEYS[1]  the session: a hash with `user` (the id) and `refresh` (the number of the refresh token that is good, and
--            the run of Redis that wrote it)
--   KEYS[2]  the user's role, as long as he is signed in anywhere; "" while nobody may sign in as him
--   KEYS[3]  the user's sessions, by when they end
--   ARGV     the user's id; his role; the session's id; seconds until the session ends; most sessions of a user
-- Returns 1, or 0 where it began none.
local user, role, id, seconds, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
if redis.call("GET", KEYS[2]) == "" then
  return 0
end
local run = string.match(redis.call("INFO", "server"), "run_id:(%w+)")
redis.call("HSET", KEYS[1], "user", user, "refresh", "1 " .. run)
-- Its absolute end: nothing that happens in a session makes it longer.
redis.call("EXPIRE", KEYS[1], seconds)
redis.call("SET", KEYS[2], role, "EX", seconds)

local clock = redis.call("TIME")
local now = clock[1] + clock[2] / 1000000
redis.call("ZREMRANGEBYSCORE", KEYS[3], "-inf", string.format("%.6f", now))
redis.call("ZADD", KEYS[3], string.format("%.6f", now + seconds), id)
redis.call("EXPIRE", KEYS[3], seconds)
-- Who signs in again and again ends his oldest sessions: one user must not be able to fill the memory of all.
local surplus = redis.call("ZCARD", KEYS[3]) - most
if surplus > 0 then
  local oldest = redis.call("ZPOPMIN", KEYS[3], surplus)
  for i = 1, #oldest, 2 do
    redis.call("DEL", "session:" .. oldest[i])
  end
end
return 1
