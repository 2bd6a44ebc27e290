namespace EventTriggers.Dashboard.Tests;

/// <summary>An empty group store that counts how often it is asked for its groups.</summary>
internal sealed class CountingGroupStore : IGroupStore
{
    private int _asked;

    public int Asked => _asked;

    public ValueTask<IReadOnlyList<GroupRecord>> ListAsync(CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _asked);
        return ValueTask.FromResult<IReadOnlyList<GroupRecord>>([]);
    }

    public ValueTask<GroupRecord?> FindAsync(string group, CancellationToken cancellationToken = default) => throw Unexpected();

    public ValueTask<GroupRates> ReadRatesAsync(
        string group, DateTimeOffset from, DateTimeOffset before, RateInterval interval = RateInterval.Minute,
        CancellationToken cancellationToken = default) => throw Unexpected();

    public ValueTask<IReadOnlyList<ConsumerRecord>> ListConsumersAsync(CancellationToken cancellationToken = default) => throw Unexpected();

    public ValueTask<KeyList> ListKeysAsync(string group, int limit = 100, CancellationToken cancellationToken = default) =>
        throw Unexpected();

    public ValueTask<ChangeOutcome> PauseAsync(string group, PauseOptions? options = null, CancellationToken cancellationToken = default) =>
        throw Unexpected();

    public ValueTask<ChangeOutcome> ResumeAsync(string group, CancellationToken cancellationToken = default) => throw Unexpected();

    public ValueTask<ChangeOutcome> SetConcurrencyAsync(
        string group, int? concurrency, string? by = null, CancellationToken cancellationToken = default) => throw Unexpected();

    public ValueTask WaitUntilDrainedAsync(string group, CancellationToken cancellationToken = default) => throw Unexpected();

    public ValueTask<RemoveGroupOutcome> RemoveAsync(string group, bool force = false, CancellationToken cancellationToken = default) =>
        throw Unexpected();

    public ValueTask<RemoveGroupOutcome> UnsubscribeAsync(
        string group, string type, bool force = false, CancellationToken cancellationToken = default) => throw Unexpected();

    public ValueTask<long> DiscardUnroutedAsync(string type, CancellationToken cancellationToken = default) => throw Unexpected();

    private static InvalidOperationException Unexpected() => new("Only groups are asked for.");
}
