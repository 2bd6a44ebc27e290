using System.Security;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Schedules;

/// <summary>Time zones by ids that every machine knows.</summary>
internal static class ZoneIds
{
    // Of each machine its own, or of one kind of system only.
    private static readonly string[] Local = ["localtime", "posixrules", "posix/", "right/"];

    /// <summary>Finds a zone by an id that somebody gives.</summary>
    /// <exception cref="ArgumentException">This machine does not know it.</exception>
    public static TimeZoneInfo Find(string id)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        return TryFind(id.Trim(), out var zone, out var trouble)
            ? zone
            : throw new ArgumentException($"This machine knows no time zone '{Excerpt.Of(id)}'; give an IANA id such as Europe/Berlin{OrWindows}.", nameof(id), trouble);
    }

    /// <summary>Finds a zone by an id that is stored.</summary>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know it.</exception>
    public static TimeZoneInfo Read(string id) => TryFind(id, out var zone, out var trouble)
        ? zone
        : throw new TimeZoneNotFoundException($"This machine knows no time zone '{Excerpt.Of(id)}'.", trouble);

    /// <summary>Gets the IANA id of a zone, by which machines of any system find it.</summary>
    /// <exception cref="ArgumentException">It has none, or is another zone than the system's of that id.</exception>
    public static string Of(TimeZoneInfo zone)
    {
        var id = zone.HasIanaId ? zone.Id : TimeZoneInfo.TryConvertWindowsIdToIanaId(zone.Id, out var iana) ? iana : null;
        if (id is not null && !Local.Any(local => id.StartsWith(local, StringComparison.OrdinalIgnoreCase)) && TryFind(id, out var known, out _) && known.HasSameRules(zone))
        {
            return id;
        }

        throw new ArgumentException(
            $"The time zone '{Excerpt.Of(zone.Id)}' is not one of the system's that others could find by their id; use one that has an IANA id, such as Europe/Berlin.", nameof(zone));
    }

    // The ids of Windows are read with ICU, which a process in invariant globalization mode goes without.
    private static string OrWindows => TimeZoneInfo.TryConvertWindowsIdToIanaId("W. Europe Standard Time", out _)
        ? ", or a Windows id"
        : "; ids of Windows are not known either, for this process runs without ICU (InvariantGlobalization)";

    private static bool TryFind(string id, out TimeZoneInfo zone, out Exception? trouble)
    {
        try
        {
            (zone, trouble) = (TimeZoneInfo.FindSystemTimeZoneById(id), null);
            return true;
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException or SecurityException or IOException)
        {
            (zone, trouble) = (TimeZoneInfo.Utc, e);
            return false;
        }
    }
}
