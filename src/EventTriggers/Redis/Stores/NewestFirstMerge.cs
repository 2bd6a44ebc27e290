using System.Runtime.CompilerServices;

namespace EventTriggers.Redis.Stores;

/// <summary>Merges sequences of one partition that are each ordered newest first.</summary>
internal static class NewestFirstMerge
{
    public static async IAsyncEnumerable<Ranked> MergeAsync(
        IReadOnlyList<IAsyncEnumerable<Ranked>> sources, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var open = sources.Select(source => source.GetAsyncEnumerator(cancellationToken)).ToArray();
        try
        {
            // Highest rank first; each source waits in the queue with its next event.
            var heads = new PriorityQueue<IAsyncEnumerator<Ranked>, double>();
            foreach (var source in open)
            {
                await AdvanceAsync(source, heads).ConfigureAwait(false);
            }

            while (heads.TryDequeue(out var newest, out _))
            {
                yield return newest.Current;
                await AdvanceAsync(newest, heads).ConfigureAwait(false);
            }
        }
        finally
        {
            foreach (var source in open)
            {
                await source.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async ValueTask AdvanceAsync(IAsyncEnumerator<Ranked> source, PriorityQueue<IAsyncEnumerator<Ranked>, double> heads)
    {
        if (await source.MoveNextAsync().ConfigureAwait(false))
        {
            heads.Enqueue(source, -source.Current.Rank);
        }
    }
}
