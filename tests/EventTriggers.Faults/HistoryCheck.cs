using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>What a producer knows of an event that it published.</summary>
/// <param name="Id">Its id.</param>
/// <param name="NotBeforeMs">The earliest moment at which it may be handled, in unix ms.</param>
/// <param name="IsAccepted">Whether the publish was confirmed; else it may or may not have happened.</param>
internal sealed record Publication(string Id, long NotBeforeMs, bool IsAccepted);

/// <summary>Compares what producers published with what workers wrote into their histories, and counts what must not be.</summary>
internal sealed class HistoryCheck
{
    public HistoryCheck(IReadOnlyCollection<Publication> published, IReadOnlyCollection<WorkerProcess.Entry> history)
    {
        var runs = history.Where(static entry => entry.What is "started" or "resumed").ToLookup(static entry => entry.Id);
        var ends = history.Where(static entry => entry.What == "handled").ToLookup(static entry => entry.Id);
        var settled = history.Where(static entry => entry.What == "settled").ToLookup(static entry => entry.Id);
        var known = published.ToDictionary(static one => one.Id);

        Lost = [.. published.Where(one => one.IsAccepted && !ends.Contains(one.Id)).Select(static one => one.Id)];
        Phantom = [.. runs.Select(static run => run.Key).Where(id => !known.ContainsKey(id))];
        Early =
        [
            .. runs.Where(run => known.TryGetValue(run.Key, out var one) && run.Min(static entry => entry.AtMs) < one.NotBeforeMs)
                .Select(static run => run.Key),
        ];
        RunTwice = ends.Sum(static end => end.Count() - 1);

        // A millisecond of grace: two processes write their times side by side.
        Resurrected =
        [
            .. settled.Where(one => runs[one.Key].Any(run => run.What == "started" && run.AtMs > one.Min(static entry => entry.AtMs) + 1))
                .Select(static one => one.Key),
        ];
        DoubleSettled = [.. settled.Where(static one => one.Count() > 1).Select(static one => one.Key)];
    }

    /// <summary>Gets what was accepted and never handled.</summary>
    public IReadOnlyList<string> Lost { get; }

    /// <summary>Gets what was handled and never published.</summary>
    public IReadOnlyList<string> Phantom { get; }

    /// <summary>Gets what was handled before it was due.</summary>
    public IReadOnlyList<string> Early { get; }

    /// <summary>Gets how many handlings were repeats.</summary>
    public int RunTwice { get; }

    /// <summary>Gets what was begun again after its success was confirmed.</summary>
    public IReadOnlyList<string> Resurrected { get; }

    /// <summary>Gets what was confirmed as handled more than once.</summary>
    public IReadOnlyList<string> DoubleSettled { get; }

    public override string ToString() =>
        $"lost {Lost.Count}, phantom {Phantom.Count}, early {Early.Count}, run twice {RunTwice}, resurrected {Resurrected.Count}, "
        + $"double-settled {DoubleSettled.Count}";
}
