using System.Collections.Concurrent;
using EventTriggers;

namespace QuickStart;

/// <summary>Counts what handlers did, by event id: an event that is delivered twice counts once.</summary>
internal sealed class Tally
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, (string Type, string? Source)> _handled = new();

    public void Add(EventContext context) =>
        _handled[context.Id] = (context.Type, context.Firing?.Sources is [var source, ..] ? source.Type : null);

    public int Count(Func<(string Type, string? Source), bool> which) => _handled.Values.Count(which);

    /// <summary>Waits until so many events are handled.</summary>
    public async Task ReachAsync(int count, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        while (_handled.Count < count)
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
