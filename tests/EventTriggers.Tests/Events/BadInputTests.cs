using System.Text;

namespace EventTriggers.Tests.Events;

/// <summary>Guarantee 8: bad input is refused with what was wrong, and nothing is written.</summary>
public sealed class BadInputTests(RedisFixture redis)
{
    public static TheoryData<string> BadIds => ["", new string('x', 201), "a b", "a{b}", "ä", "a\n"];

    [Theory]
    [Trait("Fault", "101")]
    [MemberData(nameof(BadIds))]
    public async Task Publish_WithABadId_IsRefused(string id) =>
        await RefusedAsync(
            bus => bus.PublishAsync(
                new OrderPlaced(1), new PublishOptions { Id = id }), "*event id*1 to 200 characters*", "*event id*must consist of*");

    [Theory]
    [InlineData(-1.0)]
    [InlineData(4000.0 * 86400)]
    public async Task Publish_WithABadDelay_IsRefused(double seconds) =>
        await RefusedAsync(
            bus => bus.PublishAsync(
                new OrderPlaced(1), new PublishOptions { Delay = TimeSpan.FromSeconds(seconds) }), "*Delay must be between*but is*");

    [Theory]
    [InlineData(0.0)]
    [InlineData(-1.0)]
    public async Task Publish_WithABadExpiry_IsRefused(double seconds) =>
        await RefusedAsync(
            bus => bus.PublishAsync(
                new OrderPlaced(1), new PublishOptions { ExpiresAfter = TimeSpan.FromSeconds(seconds) }), "*ExpiresAfter must be between*");

    [Fact]
    [Trait("Fault", "99")]
    public async Task Publish_OfTooLargeAPayload_IsRefusedWithTheLimit() =>
        await RefusedAsync(bus => bus.PublishAsync(new OrderPlaced(1, new string('x', 262_144))), "*at most 262144 bytes*has 26*");

    [Fact]
    public async Task Publish_OfNull_IsRefused() => await RefusedAsync(bus => bus.PublishAsync<OrderPlaced>(null!), "*payload*");

    [Fact]
    public async Task Publish_OfAnUnserializablePayload_IsRefusedAndNamed()
    {
        var cycle = new Cycle();
        cycle.Next = cycle;

        await RefusedAsync(bus => bus.PublishAsync(cycle), "*Cycle cannot be serialized*");
    }

    [Fact]
    public async Task Publish_OfAPayloadWhoseGetterThrows_IsRefused() =>
        await RefusedAsync(bus => bus.PublishAsync(new Throwing()), "*Throwing cannot be serialized: One of its getters*");

    [Fact]
    [Trait("Fault", "100")]
    public async Task Publish_WithTooManyHeaders_IsRefused() =>
        await RefusedAsync(
            bus => bus.PublishAsync(
                new OrderPlaced(1), new PublishOptions { Headers = Enumerable.Range(0, 65).ToDictionary(n => $"h{n}", _ => "v") }),
            "*at most 64 headers*has 65*");

    [Fact]
    [Trait("Fault", "100")]
    public async Task Publish_WithTooLargeHeaders_IsRefused() =>
        await RefusedAsync(
            bus => bus.PublishAsync(
                new OrderPlaced(1), new PublishOptions { Headers = new Dictionary<string, string> { ["h"] = new('x', 20_000) } }),
            "*at most 16384 bytes*");

    [Fact]
    public async Task Publish_WithAHeaderOfNull_IsRefused() =>
        await RefusedAsync(
            bus => bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Headers = new Dictionary<string, string> { ["h"] = null! } }),
            "*The value of header 'h' is null*");

    [Theory]
    [Trait("Fault", "96")]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("hello")]
    [InlineData("\"\u00ff\"", true)]
    public async Task PublishRaw_OfWhatIsNoJson_IsRefused(string json, bool latin1 = false) =>
        await RefusedAsync(
            bus => bus.PublishRawAsync("order.placed", (latin1 ? Encoding.Latin1 : Encoding.UTF8).GetBytes(json)), "*must be*JSON*");

    [Fact]
    [Trait("Fault", "98")]
    public async Task PublishRaw_OfADepthBomb_IsRefused() =>
        await RefusedAsync(
            bus => bus.PublishRawAsync("order.placed", Encoding.UTF8.GetBytes(new string('[', 100_000))), "*must be one JSON value*");

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("{x}")]
    public async Task PublishRaw_WithABadType_IsRefused(string? type) =>
        await RefusedAsync(bus => bus.PublishRawAsync(type!, "{}"u8.ToArray()), "*event type*");

    [Fact]
    public async Task PublishMany_WithOneBadPayload_PublishesNone() =>
        await RefusedAsync(
            async bus => (await bus.PublishManyAsync(
                [new OrderPlaced(1), new OrderPlaced(2, new string('x', 262_144))]))[0], "*at most 262144 bytes*");

    [Fact]
    public async Task PublishMany_WithOneIdForTwo_IsRefused() =>
        await RefusedAsync(
            async bus => (await bus.PublishManyAsync(
                [new OrderPlaced(1), new OrderPlaced(2)], new PublishOptions { Id = "x" }))[0], "*An id is for one event*given for 2*");

    private async Task RefusedAsync(Func<IEventBus, ValueTask<PublishResult>> publish, params string[] anyOf)
    {
        await using var host = TestHost.Create(redis);

        var refusal = (await FluentActions.Awaiting(() => publish(host.Bus).AsTask()).Should().ThrowAsync<ArgumentException>()).Which;

        anyOf.Should().Contain(pattern => Matches(refusal.Message, pattern), $"the message is: {refusal.Message}");
        (await KeysAsync(host)).Should().BeEmpty("nothing is written");
    }

    private static bool Matches(string message, string pattern) =>
        System.Text.RegularExpressions.Regex.IsMatch(
            message, "^"
                + System.Text.RegularExpressions.Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)
                + "$", System.Text.RegularExpressions.RegexOptions.Singleline);

    private async Task<List<string>> KeysAsync(TestHost host)
    {
        var keys = new List<string>();
        foreach (var server in redis.Connection.GetServers())
        {
            await foreach (var key in server.KeysAsync(pattern: $"*{host.Prefix}:*"))
            {
                keys.Add(key.ToString());
            }
        }

        return keys;
    }

    private sealed class Throwing
    {
#pragma warning disable CA1822, CA1065 // A getter that throws is what is tested.
        public int Value => throw new FormatException("One of its getters");
#pragma warning restore CA1822, CA1065
    }

    private sealed class Cycle
    {
        public Cycle? Next { get; set; }
    }
}
