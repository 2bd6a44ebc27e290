using System.Runtime.CompilerServices;
using System.Text;
using EventTriggers.Diagnostics;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Testing.Harness;

/// <summary>Describes what has happened in a test host: what was handled, what failed and why, and what waits for what.</summary>
internal sealed class HostReport(RunningHost host)
{
    // A longer list of one kind makes the rest hard to find.
    private const int MostLines = 20;

    private readonly StringBuilder _text = new();

    public async Task<string> WriteAsync(CancellationToken cancellationToken)
    {
        _text.Append("The clock shows ").Append(EventText.Of(host.Time.GetUtcNow())).Append('.');
        var before = _text.Length;
        var attempts = host.Log.Attempts;
        Write("Handled", host.Log.Successes.Select(one => $"{Describe(one)}, at {EventText.Of(one.Ended!.Value)}"));
        Write("Failed", attempts.Where(static one => one.Failure is not null).OrderBy(static one => one.EndNumber).Select(
            one => $"{Describe(one)}, at {EventText.Of(one.Ended!.Value)}, attempt {one.Context.Attempt}: {EventText.Of(one.Failure!)}"));
        Write("Running", attempts.Where(static one => one.Ended is null)
            .Select(one => $"{Describe(one)}, since {EventText.Of(one.Begun)}"));
        Write("Not handled", await ReadAsync(bus => UnhandledAsync(bus, cancellationToken)).ConfigureAwait(false));
        Write("Without a group that handles its type", await ReadAsync(bus => bus.Events.QueryUnroutedAsync(null, cancellationToken)
            .Select(record => $"{Describe(record)}{Of(bus.Key)}")).ConfigureAwait(false));
        foreach (var bus in host.Buses)
        {
            Write("Triggers", await TriggersAsync(bus, cancellationToken).ConfigureAwait(false));
        }

        if (_text.Length == before)
        {
            _text.AppendLine().Append("No event was published, and no trigger is stored.");
        }

        return _text.ToString();
    }

    private static string Describe(EventRecord record) => EventText.Of(record.Type, record.Id, record.Payload.Span);

    private static string Of(string? bus) => bus is null ? string.Empty : $" of bus '{bus}'";

    private static string Describe(TriggerRecord trigger) =>
        $"'{trigger.Id}' publishes {trigger.EventType} {EventText.Of(trigger.Payload.Span)}";

    private string Describe(ObservedAttempt attempt) =>
        EventText.Of(attempt.Context.Type, attempt.Context.Id, attempt.Context.Lease.Delivery.Json)
        + In(attempt.Bus, attempt.Context.Group);

    // Where there is one group only, its name says nothing.
    private string In(string? key, string group)
    {
        var groups = host.Buses.First(bus => bus.Key == key).Groups.Count(static name => name != TriggerMatcher.Group);
        return (groups > 1 || group == TriggerMatcher.Group ? $" in group '{group}'" : string.Empty) + Of(key);
    }

    private async Task<IReadOnlyList<string>> ReadAsync(Func<TestBus, IAsyncEnumerable<string>> read)
    {
        var lines = new List<string>();
        foreach (var bus in host.Buses)
        {
            lines.AddRange(await read(bus).ToListAsync().ConfigureAwait(false));
        }

        return lines;
    }

    private async IAsyncEnumerable<string> UnhandledAsync(
        TestBus bus, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var group in bus.Groups)
        {
            var query = bus.Events.QueryAsync(new EventQuery { Group = group }, cancellationToken);
            await foreach (var record in query.Reverse().ConfigureAwait(false))
            {
                var delivery = record.Deliveries.FirstOrDefault(one => one.Group == group);
                if (delivery is { Status: not DeliveryStatus.Processed } && !IsMatchedLater(delivery))
                {
                    var status = await StatusAsync(bus, record, delivery).ConfigureAwait(false);
                    yield return $"{Describe(record)}{In(bus.Key, group)}: {status}";
                }
            }
        }
    }

    // A delayed event is matched with triggers when it is due: that says nothing beyond what its other deliveries say.
    private static bool IsMatchedLater(DeliveryRecord delivery) =>
        delivery is { Group: TriggerMatcher.Group, Status: DeliveryStatus.Delayed };

    private static async Task<string> StatusAsync(TestBus bus, EventRecord record, DeliveryRecord delivery)
    {
        var after = delivery.Error is null ? string.Empty : $", after attempt {delivery.Attempt}: {Excerpt.Of(delivery.Error, 200)}";
        return delivery.Status switch
        {
            DeliveryStatus.Ready => "ready",
            DeliveryStatus.Delayed when await bus.DueAtAsync(record.Id, delivery.Group).ConfigureAwait(false) is { } due =>
                $"delayed until {EventText.Of(due)}{after}",
            DeliveryStatus.Dead => $"a dead letter{after}",
            var other => $"{other.ToString().ToLowerInvariant()}{after}",
        };
    }

    // By the moments for which they wait.
    private static async Task<IReadOnlyList<string>> TriggersAsync(TestBus bus, CancellationToken cancellationToken)
    {
        var moments = await bus.MomentsOverTimeAsync().ConfigureAwait(false);
        var lines = new List<(DateTimeOffset? At, string Text)>();
        await foreach (var trigger in bus.Triggers.QueryAsync(new TriggerQuery(), cancellationToken).ConfigureAwait(false))
        {
            if (trigger.Status == TriggerStatus.Paused)
            {
                lines.Add((null, $"{Describe(trigger)}, but is paused{Of(bus.Key)}"));
            }
            else if (trigger.Status == TriggerStatus.Active)
            {
                moments.TryGetValue(trigger.Id, out var overTime);
                var at = trigger.Kind == TriggerKind.On ? overTime?.First : trigger.DueAt;
                var source = trigger.SourceType is { } type ? $" for events of {type}" : string.Empty;
                var when = at is { } moment ? $"{(source.Length > 0 ? "," : string.Empty)} at {EventText.Of(moment)}" : string.Empty;
                var more = overTime?.Count > 1 ? $" and {overTime.Count - 1} later" : string.Empty;
                lines.Add((at, $"{Describe(trigger)}{source}{when}{more}{Of(bus.Key)}"));
            }
        }

        return [.. lines.OrderBy(static line => line.At ?? DateTimeOffset.MaxValue).Select(static line => line.Text)];
    }

    private void Write(string heading, IEnumerable<string> lines)
    {
        string[] all = [.. lines];
        if (all.Length == 0)
        {
            return;
        }

        _text.AppendLine().Append(heading).Append(':');
        foreach (var line in all.Take(MostLines))
        {
            _text.AppendLine().Append("  ").Append(line);
        }

        if (all.Length > MostLines)
        {
            _text.AppendLine().Append("  and ").Append(all.Length - MostLines).Append(" more");
        }
    }
}
