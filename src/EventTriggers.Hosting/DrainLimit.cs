using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EventTriggers.Hosting;

/// <summary>
/// Shortens drains that are longer than the host may take to stop: a host that gives up leaves deliveries to their leases, a drain that
/// ends in time releases them.
/// </summary>
internal sealed class DrainLimit(IOptions<HostOptions> host) : IPostConfigureOptions<RedisTriggersOptions>
{
    // A drain cancels handlers that still run, waits for them half a second, and records what is left.
    private static readonly TimeSpan Ending = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<(string Bus, string Setting), TimeSpan> _shortened = new();
    private readonly ConcurrentDictionary<(string Bus, string Setting), TimeSpan> _reported = new();

    private TimeSpan Shutdown => host.Value.ShutdownTimeout;

    // With a very short limit half of it: some time for handlers, and some for the rest.
    private TimeSpan Limit => Shutdown - (Shutdown / 2 < Ending ? Shutdown / 2 : Ending);

    public void PostConfigure(string? name, RedisTriggersOptions options)
    {
        if (Shutdown == Timeout.InfiniteTimeSpan)
        {
            return;
        }

        var bus = name ?? Options.DefaultName;
        options.DrainTimeout = Shorten(bus, nameof(options.DrainTimeout), options.DrainTimeout);
        foreach (var (group, own) in options.Groups)
        {
            own.DrainTimeout = own.DrainTimeout is { } drain
                ? Shorten(bus, $"{nameof(options.Groups)}:{group}:{nameof(own.DrainTimeout)}", drain) : null;
        }
    }

    /// <summary>Warns of the drains that were shortened, of each once.</summary>
    public void Report(IReadOnlyList<string> buses, ILogger logger)
    {
        foreach (var ((bus, setting), drain) in _shortened.Where(one => buses.Contains(one.Key.Bus, StringComparer.Ordinal))
            .OrderBy(static one => one.Key))
        {
            if (_reported.TryGetValue((bus, setting), out var reported) && reported == drain)
            {
                continue;
            }

            _reported[(bus, setting)] = drain;
            logger.DrainTooLong(setting, BusServices.Describe(bus), drain, Shutdown, Limit);
        }
    }

    private TimeSpan Shorten(string bus, string setting, TimeSpan drain)
    {
        if (drain <= Limit)
        {
            _shortened.TryRemove((bus, setting), out _);
            _reported.TryRemove((bus, setting), out _);
            return drain;
        }

        _shortened[(bus, setting)] = drain;
        return Limit;
    }
}
