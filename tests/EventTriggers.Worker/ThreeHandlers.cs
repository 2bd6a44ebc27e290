using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Worker;

/// <summary>Three handlers of one event, each with a fate of its own; each run is noted by the handler's name and its attempt.</summary>
internal static class ThreeHandlers
{
    /// <summary>
    /// Adds <c>well</c>, which succeeds, <c>once</c>, which always fails and has one attempt, and <c>last</c>, which fails on its first
    /// attempt, takes a while on its second, and then succeeds.
    /// </summary>
    /// <param name="builder">The bus.</param>
    /// <param name="history">Where runs are noted.</param>
    /// <param name="work">How long the second attempt of <c>last</c> takes, in milliseconds.</param>
    public static void Add(IRedisTriggersBuilder builder, History history, int work) => builder
        .AddHandler<Job>((context, _) =>
        {
            history.Add("well", context.Id, context.Attempt);
            return default;
        })
        .AddHandler<Job>(
            (context, _) =>
            {
                history.Add("once", context.Id, context.Attempt);
                throw new InvalidOperationException("This handler always fails.");
            },
            static options => options.MaxAttempts = 1)
        .AddHandler<Job>(async (context, token) =>
        {
            history.Add("last", context.Id, context.Attempt);
            switch (context.Attempt)
            {
                case 1:
                    throw new InvalidOperationException("This handler fails on its first attempt.");
                case 2:
                    await Task.Delay(work, token);
                    break;
            }
        });
}
