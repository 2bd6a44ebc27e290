using System.Globalization;

namespace EventTriggers.Hosting.Health;

/// <summary>Counts what a readiness check was asked to limit, and nothing else.</summary>
internal sealed class BacklogCount(LoopSource source, EventTriggersHealthOptions limits, Dictionary<string, object> data)
{
    public async ValueTask<IReadOnlyList<string>> ProblemsAsync(CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(limits.CountTimeout);
        try
        {
            await CountGroupsAsync(problems, timeout.Token).ConfigureAwait(false);

            if (limits.MaxUnrouted is { } most)
            {
                var counts = await source.Events.CountUnroutedAsync(timeout.Token).ConfigureAwait(false);
                var unrouted = counts.Types.Sum(static type => type.Count);
                data["unrouted"] = unrouted;
                Compare(unrouted, most, "events have no subscriber", problems);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            problems.Add($"Redis did not count within {limits.CountTimeout}.");
        }
        catch (StoreUnavailableException e)
        {
            problems.Add($"Redis did not count: {e.Message}");
        }

        return problems;
    }

    private static void Compare(long count, long? most, string what, List<string> problems)
    {
        if (count > most)
        {
            problems.Add($"{count} {what}; the limit is {most}.");
        }
    }

    private async ValueTask CountGroupsAsync(List<string> problems, CancellationToken cancellationToken)
    {
        var options = source.Options;
        var all = limits.MaxReady is not null || limits.MaxDeadLetters is not null || limits.MaxLag is not null;
        bool Holds(string group) => limits.MaxHeldKeys is not null && options.Groups.TryGetValue(group, out var own)
            && own.OnDead == DeadLetters.Hold;
        foreach (var group in options.Groups.Keys.Prepend(options.Group).Distinct(StringComparer.OrdinalIgnoreCase)
            .Where(group => all || Holds(group)))
        {
            var counts = await source.Events.CountAsync(group, cancellationToken).ConfigureAwait(false);
            (data[$"ready:{group}"], data[$"dead:{group}"], data[$"lag:{group}"]) = (counts.Ready, counts.Dead, counts.Lag.TotalSeconds);
            Compare(counts.Ready, limits.MaxReady, $"deliveries of group {group} are ready", problems);
            Compare(counts.Dead, limits.MaxDeadLetters, $"deliveries of group {group} are dead letters", problems);
            if (Holds(group))
            {
                data[$"held:{group}"] = counts.HeldKeys;
                Compare(counts.HeldKeys, limits.MaxHeldKeys, $"keys of group {group} wait behind a dead letter", problems);
            }

            if (counts.Lag > limits.MaxLag)
            {
                problems.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The oldest ready delivery of group {group} has waited for {counts.Lag:c}; the limit is {limits.MaxLag:c}."));
            }
        }
    }
}
