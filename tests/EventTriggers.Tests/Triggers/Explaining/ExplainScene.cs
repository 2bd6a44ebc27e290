using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Triggers.Explaining;

/// <summary>A host whose triggers are explained: each explanation is checked to leave every key as it was.</summary>
internal sealed class ExplainScene : IAsyncDisposable
{
    private readonly RedisFixture _redis;

    private ExplainScene(RedisFixture redis, MatchScene scene) => (_redis, Scene) = (redis, scene);

    public MatchScene Scene { get; }

    public TestHost Host => Scene.Host;

    public FakeTimeProvider Clock => Scene.Clock;

    public static async Task<ExplainScene> CreateAsync(RedisFixture redis, Action<RedisTriggersOptions>? configure = null) =>
        new(redis, await MatchScene.CreateAsync(redis, Tests.Clock.At2030(), configure));

    public async Task<string> AddAsync<TRule>(TriggerWhen<TRule> when, string? id = null)
        where TRule : TriggerWhen<TRule> =>
        await Host.Triggers.AddAsync(id is null ? when.Publish(new Reminder(1)) : when.Publish(new Reminder(1)).WithId(id));

    /// <summary>Publishes an event that nobody matches yet.</summary>
    public async Task<string> PublishAsync(string type, string json, PublishOptions? options = null) =>
        (await Host.Bus.PublishRawAsync(type, Encoding.UTF8.GetBytes(json), options)).Id;

    /// <summary>Publishes an event and lets it be matched, and time pass.</summary>
    public async Task<string> MatchedAsync(string type, string json, int seconds = 1)
    {
        var id = await Scene.PublishAsync(type, json);
        Clock.Advance(TimeSpan.FromSeconds(seconds));
        return id;
    }

    public async Task<TriggerExplanation> ExplainAsync(string trigger, string source)
    {
        var before = await DumpAsync();
        var explanation = await Host.Triggers.ExplainAsync(trigger, source);
        (await DumpAsync()).Should().Equal(before, "explaining changes nothing");
        return explanation!;
    }

    public async Task<TypeExplanation> ExplainTypeAsync(string type, string json)
    {
        var before = await DumpAsync();
        var explanation = await Host.Triggers.ExplainAsync(type, Encoding.UTF8.GetBytes(json));
        (await DumpAsync()).Should().Equal(before, "explaining changes nothing");
        return explanation;
    }

    public async Task<TriggerVerdict> VerdictAsync(string trigger, string source) => (await ExplainAsync(trigger, source)).Verdict;

    /// <summary>Lists everything that is stored under the prefix.</summary>
    public async Task<IReadOnlyList<string>> DumpAsync()
    {
        var all = new List<string>();
        foreach (var server in _redis.Connection.GetServers().Where(static one => !one.IsReplica))
        {
            await foreach (var key in server.KeysAsync(pattern: $"*{Host.Prefix}:*", pageSize: 1000))
            {
                all.Add($"{key}: {await ContentAsync(key)}");
            }
        }

        return [.. all.Distinct().Order(StringComparer.Ordinal)];
    }

    public ValueTask DisposeAsync() => Scene.DisposeAsync();

    private async Task<string> ContentAsync(RedisKey key)
    {
        var database = _redis.Database;
        var lasts = await database.KeyTimeToLiveAsync(key) is null ? "for good" : "for a while";
        return $"{lasts} " + await database.KeyTypeAsync(key) switch
        {
            RedisType.String => Convert.ToHexStringLower((byte[])(await database.StringGetAsync(key))!),
            RedisType.List => string.Join(", ", await database.ListRangeAsync(key)),
            RedisType.Set => string.Join(", ", (await database.SetMembersAsync(key)).Order()),
            RedisType.SortedSet => string.Join(
                ", ", (await database.SortedSetRangeByRankWithScoresAsync(key))
                    .Select(static one => string.Create(CultureInfo.InvariantCulture, $"{one.Element} {one.Score}"))),
            RedisType.Hash => string.Join(
                ", ", (await database.HashGetAllAsync(key)).Select(static one => $"{one.Name}={one.Value}").Order(StringComparer.Ordinal)),
            var other => other.ToString(),
        };
    }
}
