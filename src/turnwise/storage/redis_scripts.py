"""What the Redis tracker store does on the server: each script runs alone and whole.

A conversation is the string that stock Rasa makes of it, `{"events": [...], "name": "..."}`, so that either
can go on with what the other wrote. Ours only ever write at its end: over the closing part, which then
follows again. A position is where the last event ends in the string, in bytes, plus `base`, which grows when
the string becomes another one: no position is ever used for two histories.
"""

from __future__ import annotations

OPENING = b'{"events": ['
SEPARATOR = b", "

# KEYS: the string, and what is known about it beside it (a hash). ARGV[1]: how the string closes.
# `close` is the length of that, `last` the position of the conversation's end. If the string is not as long
# as it was left, stock Rasa has written it anew meanwhile, and what was known about it no longer counts.
_BEGIN = """
local open, close = 12, #ARGV[1]
local length = redis.call('STRLEN', KEYS[1])
local known = redis.call('HMGET', KEYS[2], 'base', 'length')
local base, left = tonumber(known[1] or 0), tonumber(known[2] or 0)
if length ~= left then
  redis.call('DEL', KEYS[2])
  if length == 0 then
    base = 0
  else
    if redis.call('GETRANGE', KEYS[1], 0, open - 1) ~= '{"events": ['
      or redis.call('GETRANGE', KEYS[1], -close, -1) ~= ARGV[1] then
      return redis.error_reply('FOREIGN')
    end
    if left > 0 then base = base + left + 1 end
    redis.call('HSET', KEYS[2], 'base', base, 'length', length)
    local lives = redis.call('PTTL', KEYS[1])
    if lives > 0 then redis.call('PEXPIRE', KEYS[2], lives) end
  end
end
local last = base
if length > 0 then last = base + length - close end
local function behind(position)
  return redis.call('GETRANGE', KEYS[1], position - base, length - close - 1)
end
local function keep(expires, ...)
  redis.call('HSET', KEYS[2], 'base', base, 'length', redis.call('STRLEN', KEYS[1]), ...)
  if tonumber(expires) > 0 then
    redis.call('PEXPIRE', KEYS[1], expires)
    redis.call('PEXPIRE', KEYS[2], expires)
  end
end
"""
LOAD = (
    _BEGIN
    + """
if length == 0 then return false end
local about = redis.call('HMGET', KEYS[2], 'session', 'snapshot_at', 'snapshot')
return {last, behind(tonumber(about[2] or about[1] or base + open)), about[3]}
"""
)
# ARGV: a position.
AFTER = (
    _BEGIN
    + """
local from = tonumber(ARGV[2])
if length == 0 then return from == 0 and {0, ''} end
if from == 0 and base == 0 then from = open end
if from < base + open or from > last then return false end
return {last, behind(from)}
"""
)
ALL = _BEGIN + "return length > 0 and behind(base + open) or ''"
LATEST_TIME = _BEGIN + "return redis.call('HGET', KEYS[2], 'latest')"
# ARGV: position, milliseconds until the conversation is forgotten (0: never), how many bytes of the new ones
# lie before the latest session ('': it does not begin in them), snapshot ('': none), time of the latest
# event, events.
APPEND = (
    _BEGIN
    + """
local after, expires, session, snapshot, latest, events = unpack(ARGV, 2)
after = tonumber(after)
if last ~= after then
  local from = after
  if after == 0 and base == 0 then from = open end
  local separator = from == base + open and '' or ', '
  if events ~= '' and from >= base + open and behind(from) == separator .. events then return last end
  return -1
end
if events == '' then
  if snapshot ~= '' and length > 0 then keep(expires, 'snapshot_at', last, 'snapshot', snapshot) end
  return last
end
local start = length > 0 and last or base + open
local separator = start == base + open and '' or ', '
if length == 0 then
  redis.call('SET', KEYS[1], '{"events": [' .. events .. ARGV[1])
else
  redis.call('SETRANGE', KEYS[1], start - base, separator .. events .. ARGV[1])
end
last = start + #separator + #events
keep(expires, 'latest', latest)
if session == '0' then
  redis.call('HSET', KEYS[2], 'session', start)
elseif session ~= '' then
  redis.call('HSET', KEYS[2], 'session', start + #separator + tonumber(session))
end
if snapshot ~= '' then redis.call('HSET', KEYS[2], 'snapshot_at', last, 'snapshot', snapshot) end
return last
"""
)
# ARGV: milliseconds, how many bytes of the events lie before the latest session, time of the latest, events.
REPLACE = (
    _BEGIN
    + """
local expires, session, latest, events = unpack(ARGV, 2)
base = base + length + 1
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[1], '{"events": [' .. events .. ARGV[1])
keep(expires, 'session', base + open + tonumber(session), 'latest', latest)
return base + open + #events
"""
)
# ARGV: the string as it was found, and as it is in the form above.
CONVERT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
"""
