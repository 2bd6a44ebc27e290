using System.Text;
using EventTriggers.Tests;

namespace EventTriggers.Tool.Tests;

/// <summary>Text that others wrote never reaches the terminal as it is.</summary>
public sealed class HostileTextTests(RedisFixture redis)
{
    // Clears the screen, sets the title, reverses text, hides text, and breaks lines.
    private const string Hostile = "\u001b[2J\u001b]0;owned\u0007\u009b31m\u202ecba\u2066\u200b\u2028\r\nfake line";

    [Fact]
    public async Task EveryCommand_ShowsHostileTextAsEscapes()
    {
        await using var bus = await TestBus.StartAsync(redis, error: $"Error {Hostile}");
        await bus.Bus.PublishAsync(new OrderPlaced(1, Hostile), new PublishOptions
        {
            Id = "order-0",
            CorrelationId = Hostile,
            Headers = new Dictionary<string, string> { [Hostile] = Hostile },
            Delay = TimeSpan.FromHours(1),
        });
        await bus.MakeDeadLettersAsync(1);
        await bus.Triggers.AddAsync(
            Trigger.On("order.placed").Matching("""{"country":["\u001b[31m\u202e"]}""").Publish(new OrderPlaced(2, Hostile)).WithId("t"));
        await bus.Groups.PauseAsync("search", new PauseOptions { Reason = Hostile, By = Hostile[..20] });
        await bus.Audit.AddAsync(new AuditEntry { Action = "test", Target = Hostile, Details = Hostile });
        string[] lines =
        [
            "status", "groups search", "deliveries --group billing", "event order-0", "event order-1 --traces", "trigger t", "triggers",
            "explain t order-0", "tail --since 1h --count 1", "export", "doctor", "redrive order-1 --yes",
            "audit", "groups", "operations", "unrouted", "consumers",
        ];
        foreach (var line in lines.SelectMany(static line => (string[])[line, $"{line} --json"]))
        {
            var result = await new ToolRun(redis, bus.Prefix) { Answer = "n\n" }.RunAsync(line.Split(' '));
            (result.Output + result.Error).EnumerateRunes().Where(IsHostile).Should().BeEmpty($"'{line}' must not show it");
            result.ExitCode.Should().NotBe(2, $"{result}");
        }
    }

    [Fact]
    public async Task Arguments_ThatAreShownAgain_AreEscaped()
    {
        await using var bus = await TestBus.StartAsync(redis);
        string[][] lines = [["groups", Hostile], ["event", Hostile], ["trigger", Hostile], ["nonsense", Hostile],
            ["deliveries", "--limit", Hostile]];
        foreach (var line in lines)
        {
            var result = await new ToolRun(redis, bus.Prefix).RunAsync(line);
            result.ExitCode.Should().BeOneOf(2, 4);
            result.Error.EnumerateRunes().Where(IsHostile).Should().BeEmpty();
        }
    }

    [Fact]
    public async Task Colors_AreTheOnlyEscapeSequences()
    {
        await using var bus = await TestBus.StartAsync(redis);
        await bus.MakeDeadLettersAsync(1);
        var colored = await new ToolRun(redis, bus.Prefix) { HasColor = true, Width = 60 }.RunAsync("deliveries", "--group", "billing");

        colored.Output.Should().Contain("\u001b[31mdead\u001b[0m");
        (await new ToolRun(redis, bus.Prefix) { Width = 80 }.RunAsync("deliveries", "--group", "billing")).Output.Split('\n')
            .Should().OnlyContain(static line => line.Length <= 80).And.Contain(static line => line.EndsWith('…'));
    }

    private static bool IsHostile(Rune rune) =>
        rune.Value is < 0x20 and not '\n' or (>= 0x7F and < 0xA0) or 0x200B or 0x2028 or 0x202E or 0x2066;
}
