-- Exchanges a session's refresh token for the next one. The tokens of a session are numbered and signed, so the number
-- alone says which one was sent. A lower one than the one that is good is in somebody else's hands as well: then the
-- whole session ends, and both have to sign in again (RFC 9700, section 4.14.2).
--
-- With one exception: Redis may have died in the middle of the last exchange, with the number written and the answer
-- lost. So the token before the good one is exchanged once more if an earlier run of Redis wrote the number; its
-- successor is the same token as then. A higher number than the good one is one of ours too: Redis lost a write.
-- And nothing is exchanged for somebody who has stopped waiting: Redis may have stood still, and then comes to what was
-- asked before. Its client was told to try again, and its next try with the same token must not look like a replay.
--   KEYS[1]  the session: a hash with `user` and `refresh`, see start_session.lua
--   KEYS[2]  the user's role, see start_session.lua
--   KEYS[3]  the user's sessions
--   ARGV     the user's id; his role; the session's id; the number that was sent; seconds that a session lives at most;
--            until when the answer is waited for, in microseconds of Redis's own clock
-- Returns the number of the next token, 0 where the one that was sent is not valid, or -1 where it is too late.
local user, role, id, sent, seconds = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local clock = redis.call("TIME")
if clock[1] * 1000000 + clock[2] > tonumber(ARGV[6]) then
  return -1
end
local session = redis.call("HMGET", KEYS[1], "user", "refresh")
if session[1] ~= user or redis.call("GET", KEYS[2]) == "" then
  return 0
end
local run = string.match(redis.call("INFO", "server"), "run_id:(%w+)")
local good, written_by = string.match(session[2], "^(%d+) (%w+)$")
good = tonumber(good)
if sent >= good then
  good = sent + 1
elseif sent < good - 1 or written_by == run then
  redis.call("DEL", KEYS[1])
  redis.call("ZREM", KEYS[3], id)
  return 0
end
redis.call("HSET", KEYS[1], "refresh", string.format("%d %s", good, run))
redis.call("SET", KEYS[2], role, "EX", seconds)
return good
