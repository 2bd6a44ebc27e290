using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Worker;

/// <summary>A batch handler; each event is noted when its batch begins, and when it is handled.</summary>
internal static class BatchOfJobs
{
    /// <summary>Adds it.</summary>
    /// <param name="builder">The bus.</param>
    /// <param name="history">Where events are noted.</param>
    /// <param name="work">How long a batch takes, in milliseconds.</param>
    /// <param name="size">The size of a batch.</param>
    public static void Add(IRedisTriggersBuilder builder, History history, int work, int size) => builder.AddBatchHandler<Job>(
        async (batch, token) =>
        {
            foreach (var item in batch)
            {
                history.Add("started", item.Id, batch.Count);
            }

            await Task.Delay(work, token);
            if (batch.Any(static item => item.Event.Fate == "die"))
            {
                Environment.FailFast("A job of this batch kills its process.");
            }

            foreach (var item in batch)
            {
                if (item.Event.Fate == "fail" && item.Attempt == 1)
                {
                    item.Fail(new InvalidOperationException("This job fails once."));
                }
                else
                {
                    history.Add("handled", item.Id, item.Attempt);
                }
            }
        },
        options => (options.MaxSize, options.MaxWait) = (size, TimeSpan.FromMilliseconds(500)));

    /// <summary>Adds one for batches by key: it handles the events one after another, and stops at the first that fails.</summary>
    /// <param name="builder">The bus.</param>
    /// <param name="history">Where events are noted.</param>
    /// <param name="work">How long an event takes, in milliseconds.</param>
    /// <param name="size">The size of a batch.</param>
    public static void AddByKey(IRedisTriggersBuilder builder, History history, int work, int size) => builder.AddBatchHandler<Job>(
        async (batch, token) =>
        {
            foreach (var item in batch)
            {
                history.Add("started", item.Id, batch.Count);
                await Task.Delay(work, token);
                if (item.Event.Fate == "fail" && item.Attempt == 1)
                {
                    item.Fail(new InvalidOperationException("This job fails once."));
                    return;
                }

                history.Add("handled", item.Id, item.Attempt);
            }
        },
        options => (options.MaxSize, options.MaxWait, options.ByKey) = (size, TimeSpan.FromMilliseconds(50), true));
}
