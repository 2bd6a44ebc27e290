"""Writes zones.txt: when cron expressions are due around changes of the clocks, found minute by minute with Python's zoneinfo.

Run as: python3 zones.py > zones.txt
Each line is: zone | first moment after the change | expression | hours before and after it | due, in minutes from the change.
"""
import datetime as dt
import zoneinfo

CHANGES = [
    ("Europe/Berlin", "2025-03-30T01:00", "forward"),
    ("Europe/Berlin", "2025-10-26T01:00", "back"),
    ("America/New_York", "2024-03-10T07:00", "forward"),
    ("America/New_York", "2024-11-03T06:00", "back"),
    ("Europe/Dublin", "2024-03-31T01:00", "forward; standard time is that of summer"),
    ("Europe/Dublin", "2024-10-27T01:00", "back; standard time is that of summer"),
    ("Africa/Casablanca", "2023-03-19T02:00", "back for Ramadan"),
    ("Africa/Casablanca", "2023-04-23T02:00", "forward after Ramadan"),
    ("America/Sao_Paulo", "2018-11-04T03:00", "forward at midnight"),
    ("America/Sao_Paulo", "2019-02-17T02:00", "back at midnight, to the day before"),
    ("America/Havana", "2024-03-10T05:00", "forward at midnight"),
    ("America/Havana", "2024-11-03T05:00", "back to midnight"),
    ("America/St_Johns", "2010-11-07T02:31", "back at one minute past midnight"),
    ("Australia/Lord_Howe", "2024-10-05T15:30", "forward by 30 minutes"),
    ("Australia/Lord_Howe", "2024-04-06T15:00", "back by 30 minutes"),
    ("Antarctica/Troll", "2024-03-31T01:00", "forward by two hours"),
    ("Antarctica/Troll", "2024-10-27T01:00", "back by two hours"),
    ("Pacific/Apia", "2011-12-30T10:00", "a day left out"),
    ("Pacific/Kiritimati", "1994-12-31T10:00", "a day left out"),
    ("Asia/Pyongyang", "2015-08-14T15:00", "back by 30 minutes at midnight, for good"),
    ("Asia/Pyongyang", "2018-05-04T15:00", "forward by 30 minutes to midnight, for good"),
    ("America/Caracas", "2007-12-09T07:00", "back by 30 minutes, for good"),
    ("Europe/Moscow", "2014-10-25T22:00", "back, for good"),
    ("Europe/Volgograd", "2018-10-27T23:00", "forward, for good"),
    ("Africa/Juba", "2021-01-31T21:00", "back at midnight, for good"),
    ("Asia/Amman", "2022-10-27T22:00", "to summer time for good: the clocks do not change"),
]
# Hours around the change, and an expression.
EXPRESSIONS = [
    (50, "30 2 * * *"), (50, "0 0 * * *"), (50, "30 0 * * *"), (50, "59 23 * * *"), (50, "15,45 0,1,2,3,23 * * *"), (50, "0 1 1-31 * *"),
    (5, "*/15 * * * *"), (5, "30 * * * *"), (5, "0-40/20 0-3 * * *"),
]
MINUTE = dt.timedelta(minutes=1)


def values(field, low, high):
    found = set()
    for part in field.split(","):
        part, _, step = part.partition("/")
        first, _, last = (f"{low}-{high}" if part == "*" else part).partition("-")
        found |= set(range(int(first), int(last or first) + 1, int(step or 1)))
    return found


def due(expression, zone, start, end):
    minute, hour, day, month, weekday = expression.split()
    minutes, hours, days, months = values(minute, 0, 59), values(hour, 0, 23), values(day, 1, 31), values(month, 1, 12)
    goes_on = any(c in minute + hour for c in "*-/")
    matches = lambda wall: wall.minute in minutes and wall.hour in hours and wall.day in days and wall.month in months
    at = start
    while at < end:
        wall, before = at.astimezone(zone), (at - MINUTE).astimezone(zone)
        found = matches(wall) and (goes_on or wall.fold == 0)
        skipped = before.replace(tzinfo=None) + MINUTE
        while skipped < wall.replace(tzinfo=None):
            found = found or matches(skipped)
            skipped += MINUTE
        if found:
            yield at
        at += MINUTE


for name, moment, _ in CHANGES:
    zone, change = zoneinfo.ZoneInfo(name), dt.datetime.fromisoformat(moment + "+00:00")
    for hours, expression in EXPRESSIONS:
        around = dt.timedelta(hours=hours)
        found = (int((at - change).total_seconds() // 60) for at in due(expression, zone, change - around, change + around))
        print(f"{name} | {moment}Z | {expression} | {hours} | {' '.join(map(str, found))}")
