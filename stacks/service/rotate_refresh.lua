-- Exchanges a session's refresh token for the next one. A token that was exchanged before is in somebody else's hands
-- as well: then the whole session ends, and both have to sign in again (RFC 9700, section 4.14.2). A secret that the
-- session never had ends nothing, or whoever guesses a session's id could sign its user out.
--   KEYS[1]  the session: a hash with `user` (the id), `secret` (SHA-256 of the token's secret, hex), and one field
--            `used:…` for each secret that was exchanged
--   ARGV     the hash of the secret that was sent; the hash of its successor; seconds that the session lives from now
-- Returns the user's id, or "" where the token is not valid.
local session = redis.call("HMGET", KEYS[1], "user", "secret", "used:" .. ARGV[1])
local user, secret, used = session[1], session[2], session[3]
if used then
  redis.call("DEL", KEYS[1])
  return ""
end
if not user or secret ~= ARGV[1] then
  return ""
end
redis.call("HSET", KEYS[1], "secret", ARGV[2], "used:" .. ARGV[1], 1)
redis.call("EXPIRE", KEYS[1], ARGV[3])
return user
