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

    public static void RegisterByKey(IServiceCollection services)
    {
        services.AddRedisTriggers()
            .AddGroup("ledger", group => group.InOrder().AddBatchHandler<AccountChanged, WriteLedger>(options =>
            {
                (options.ByKey, options.MaxSize) = (true, 100);
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

    public sealed class WriteLedger(Ledger ledger) : IBatchHandler<AccountChanged>
    {
        public async ValueTask HandleAsync(EventBatch<AccountChanged> batch, CancellationToken cancellationToken)
        {
            foreach (var change in batch)
            {
                if (!await ledger.TryWriteAsync(batch.Key, change.Event, cancellationToken))
                {
                    change.Fail(new InvalidOperationException("The ledger refused this change."));
                    return;
                }
            }
        }
    }

    public sealed record OrderIndexed(int Number);

    public sealed record AccountChanged(string Account, decimal Amount);

    public sealed class Ledger
    {
        private readonly Dictionary<string, decimal> _balances = [];

        public async Task<bool> TryWriteAsync(string? account, AccountChanged change, CancellationToken cancellationToken)
        {
            await Task.Delay(1, cancellationToken);
            return account == change.Account && _balances.TryAdd(account, change.Amount);
        }
    }

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
