using System.Security;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Schedules;

/// <summary>Finds time zones by ids that every machine knows.</summary>
internal static class ZoneIds
{
    // Ids that mean something else on each machine, or that only one kind of system has.
    private static readonly string[] Local = ["localtime", "posixrules", "posix/", "right/"];

    /// <summary>Finds a zone by an id that a caller gives.</summary>
    /// <exception cref="ArgumentException">This machine does not know it.</exception>
    public static TimeZoneInfo Find(string id)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        return TryFind(id.Trim(), out var zone, out var trouble)
            ? zone
            : throw new ArgumentException(
                $"This machine does not know the time zone '{Excerpt.Of(id)}'. Give an IANA id such as Europe/Berlin{OrWindows}.",
                nameof(id), trouble);
    }

    /// <summary>Finds a zone by an id from a stored trigger.</summary>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know it.</exception>
    public static TimeZoneInfo FindStored(string id) => TryFind(id, out var zone, out var trouble)
        ? zone
        : throw new TimeZoneNotFoundException($"This machine does not know the time zone '{Excerpt.Of(id)}'.", trouble);

    /// <summary>Gets the IANA id of a zone, by which machines of any system find it.</summary>
    /// <exception cref="ArgumentException">The zone has no IANA id, or differs from the system's zone of that id.</exception>
    public static string IanaIdOf(TimeZoneInfo zone)
    {
        var id = zone.HasIanaId ? zone.Id : TimeZoneInfo.TryConvertWindowsIdToIanaId(zone.Id, out var iana) ? iana : null;
        if (id is not null && !Local.Any(
            local => id.StartsWith(
                local, StringComparison.OrdinalIgnoreCase)) && TryFind(id, out var known, out _) && known.HasSameRules(zone))
        {
            return id;
        }

        throw new ArgumentException(
            $"Other machines cannot find the time zone '{Excerpt.Of(zone.Id)}' by its id. Use a zone of the system that has an IANA id, "
            + "such as Europe/Berlin.",
            nameof(zone));
    }

    // Windows ids need ICU, which a process in invariant globalization mode does not have.
    private static string OrWindows => TimeZoneInfo.TryConvertWindowsIdToIanaId("W. Europe Standard Time", out _)
        ? ", or a Windows id"
        : ". Windows ids are not available, because this process runs without ICU (InvariantGlobalization)";

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
