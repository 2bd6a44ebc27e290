using System.Collections;
using System.Text.RegularExpressions;

namespace EventTriggers.Tests.Events;

/// <summary>Texts that travel with an event come out as they went in, or are refused.</summary>
public sealed class EventTextTests(RedisFixture redis)
{
    // Cut within an emoji: what no UTF-8 can say, nor the test runner's own storage of its cases. So it is written here with escapes.
    public static TheoryData<string, string> NoUnicode => new()
    {
        { @"\ud83d", "U+D83D at 0" },
        { @"\ude00", "U+DE00 at 0" },
        { @"fix \ud83d", "U+D83D at 4" },
        { @"\ud83dx", "U+D83D at 0" },
        { @"\ude00\ud83d", "U+DE00 at 0" },
        { @"\ud83d\ude00 then \ud83d\ud83d\ude00", "U+D83D at 8" },
    };

    public static TheoryData<string> Unicode =>
        new("\ud83d\ude00", "\ufffd", "ü\"\\\n\u0000\u2028", "\ud7ff\ue000\uffff", "𐀀\U0010FFFF", "e\u0301é");

    [Theory]
    [MemberData(nameof(NoUnicode))]
    public async Task Publish_WithACorrelationIdThatIsNoUnicode_IsRefused(string text, string where) =>
        await RefusedAsync(new PublishOptions { CorrelationId = Regex.Unescape(text) }, $"*correlation id must be Unicode*{where}*");

    [Theory]
    [MemberData(nameof(NoUnicode))]
    public async Task Publish_WithAHeaderNameThatIsNoUnicode_IsRefused(string text, string where) =>
        await RefusedAsync(
            new PublishOptions { Headers = new Dictionary<string, string> { ["a"] = "1", [Regex.Unescape(text)] = "2" } },
            $"*name of a header must be Unicode*{where}*");

    [Theory]
    [MemberData(nameof(NoUnicode))]
    public async Task Publish_WithAHeaderValueThatIsNoUnicode_IsRefused(string text, string where) =>
        await RefusedAsync(
            new PublishOptions { Headers = new Dictionary<string, string> { ["tenant"] = Regex.Unescape(text) } },
            $"*value of header 'tenant' must be Unicode*{where}*");

    [Fact]
    public async Task Publish_WithAHeaderWithoutAName_IsRefused() =>
        await RefusedAsync(new PublishOptions { Headers = new Dictionary<string, string> { [""] = "x" } }, "*name of a header*empty*");

    [Fact]
    public async Task Publish_WithAHeaderThatIsEnumeratedTwice_IsRefused() =>
        await RefusedAsync(
            new PublishOptions { Headers = new Pairs([new("tenant", "a"), new("tenant", "b")]) }, "*'tenant' is given twice*");

    [Fact]
    public async Task Publish_WithABadHeader_SaysSoOnOneLine()
    {
        await using var host = TestHost.Create(redis);
        var headers = new Dictionary<string, string> { ["a\r\n\u001b[31m"] = null! };

        var refusal = await host.Bus.Awaiting(
            bus => bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Headers = headers }).AsTask())
            .Should().ThrowAsync<ArgumentException>();

        refusal.Which.Message.Should().Contain(@"'a\u000d\u000a\u001b[31m'").And.NotContainAny("\n", "\r", "\u001b");
    }

    [Theory]
    [MemberData(nameof(Unicode))]
    public async Task Publish_WithUnicode_KeepsItAsItIs(string text)
    {
        await using var host = TestHost.Create(redis);
        var headers = new Dictionary<string, string> { ["name"] = text, [text] = "value" };

        var (id, _) = await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { CorrelationId = text, Headers = headers });

        var found = (await host.Events.FindAsync(id))!;
        found.CorrelationId.Should().Be(text);
        found.Headers.Should().Equal(headers);
    }

    [Theory]
    [InlineData(10_000, 9_999)]
    [InlineData(10_000, 10_000)]
    [InlineData(1.2, 1.9)]
    public async Task Publish_ThatExpiresBeforeItIsReady_IsRefused(double delayMs, double expiresMs) => await RefusedAsync(
        new PublishOptions { Delay = TimeSpan.FromMilliseconds(delayMs), ExpiresAfter = TimeSpan.FromMilliseconds(expiresMs) },
        "*ExpiresAfter must be longer than Delay*expires before it is ready*");

    [Fact]
    public async Task Publish_ThatExpiresAMillisecondAfterItIsReady_IsHandedOut()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var delay = TimeSpan.FromSeconds(10);
        await host.Bus.PublishAsync(
            new OrderPlaced(1), new PublishOptions { Delay = delay, ExpiresAfter = delay + TimeSpan.FromMilliseconds(1) });

        clock.Advance(delay);

        (await consumer.ClaimAsync()).Should().ContainSingle();
    }

    private async Task RefusedAsync(PublishOptions options, string message)
    {
        await using var host = TestHost.Create(redis);

        await host.Bus.Awaiting(bus => bus.PublishAsync(new OrderPlaced(1), options).AsTask()).Should().ThrowAsync<ArgumentException>()
            .WithMessage(message);

        (await redis.Database.KeyExistsAsync($"{{{host.Prefix}:0}}:lanes")).Should().BeFalse("nothing is written");
    }

    private sealed class Pairs(KeyValuePair<string, string>[] pairs) : IReadOnlyDictionary<string, string>
    {
        public int Count => pairs.Length;

        public IEnumerable<string> Keys => pairs.Select(pair => pair.Key);

        public IEnumerable<string> Values => pairs.Select(pair => pair.Value);

        public string this[string key] => pairs.First(pair => pair.Key == key).Value;

        public bool ContainsKey(string key) => Keys.Contains(key);

        public bool TryGetValue(string key, out string value) => throw new NotSupportedException();

        public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => pairs.AsEnumerable().GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
