namespace EventTriggers.Tests.Docs;

/// <summary>The snippets of docs/batches.md.</summary>
internal static class Batches
{
    public static void Register(IServiceCollection services)
    {
        services.AddSingleton<SearchIndex>();

        services.AddRedisTriggers(options => options.KeyPrefix = "shop")
            .AddGroup("search", group => group.AddBatchHandler<OrderPlaced, IndexOrders>(options =>
            {
                options.MaxSize = 100;
                options.MaxWait = TimeSpan.FromSeconds(1);
            }));
    }

    public sealed class IndexOrders(SearchIndex index) : IBatchHandler<OrderPlaced>
    {
        public async ValueTask HandleAsync(EventBatch<OrderPlaced> batch, CancellationToken cancellationToken)
        {
            var refused = await index.AddAsync([.. batch.Select(item => (item.Id, item.Event))], cancellationToken);
            foreach (var item in batch)
            {
                if (refused.Contains(item.Id))
                {
                    item.Fail(new InvalidOperationException("The index refused this order."));
                }
                else
                {
                    item.Publish(new OrderIndexed(item.Event.Number));
                }
            }
        }
    }

    public sealed record OrderIndexed(int Number);

    public sealed class SearchIndex
    {
        private readonly HashSet<string> _refused = [];

        public async Task<IReadOnlySet<string>> AddAsync(
            IReadOnlyList<(string Id, OrderPlaced Order)> orders, CancellationToken cancellationToken)
        {
            await Task.Delay(orders.Count, cancellationToken);
            return _refused;
        }
    }
}
