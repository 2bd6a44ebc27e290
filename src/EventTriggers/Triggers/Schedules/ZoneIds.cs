namespace EventTriggers;

/// <summary>Time zones by ids that every machine knows.</summary>
internal static class ZoneIds
{
    public static TimeZoneInfo Find(string id)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        try
        {
            return TimeZoneInfo.FindSystemTimeZoneById(id);
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            throw new ArgumentException($"This machine knows no time zone '{id}'; give an IANA id such as Europe/Berlin, or a Windows id.", nameof(id), e);
        }
    }

    /// <summary>Gets the IANA id of a zone, by which machines of any system find it.</summary>
    /// <exception cref="ArgumentException">It has none, or is another zone than the system's of that id.</exception>
    public static string Of(TimeZoneInfo zone)
    {
        var id = zone.HasIanaId ? zone.Id : TimeZoneInfo.TryConvertWindowsIdToIanaId(zone.Id, out var iana) ? iana : null;
        if (id is not null && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var known) && known.HasSameRules(zone))
        {
            return id;
        }

        throw new ArgumentException($"The time zone '{zone.Id}' is not one of the system's, so others could not find it; use one that has an IANA id.", nameof(zone));
    }
}
