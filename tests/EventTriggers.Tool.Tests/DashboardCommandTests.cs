using EventTriggers.Tests;

namespace EventTriggers.Tool.Tests;

public sealed class DashboardCommandTests(RedisFixture redis)
{
    [Fact]
    public async Task Dashboard_ServesThisMachine_UntilItIsInterrupted_AndKeepsWhoChangedWhat()
    {
        await using var bus = await TestBus.StartAsync(redis);
        using var interrupt = new CancellationTokenSource();
        using var output = new StartedWriter("Ctrl+C ends it.");
        var run = new ToolRun(redis, bus.Prefix).RunAsync(["dashboard", "--urls", "http://127.0.0.1:0"], interrupt.Token, output);
        await Wait.ForAsync(Task.WhenAny(output.Started, run));
        var address = output.ToString().Split('\n')[0].Split(' ')[^1].Trim();
        using var client = new HttpClient { BaseAddress = new Uri(address) };

        (await client.GetStringAsync(string.Empty)).Should().Contain("ui/app.js");
        (await client.GetStringAsync("api/overview")).Should().Contain("\"name\":\"billing\"");
        using var change = new HttpRequestMessage(HttpMethod.Post, "api/groups/pause");
        change.Headers.Add("Origin", client.BaseAddress.GetLeftPart(UriPartial.Authority));
        change.Headers.Add("X-EventTriggers-Change", "1");
        change.Content = new StringContent("""{"group":"billing"}""", System.Text.Encoding.UTF8, "application/json");
        using var answer = await client.SendAsync(change);
        answer.IsSuccessStatusCode.Should().BeTrue(await answer.Content.ReadAsStringAsync());
        (await bus.Audit.ListAsync()).Single().Entry.By.Should().Be("ada@desk");

        await interrupt.CancelAsync();
        (await run).ExitCode.Should().Be(130);
    }

    [Theory]
    [InlineData("http://0.0.0.0:5080", "say --allow-anonymous")]
    [InlineData("http://example.com", "say --allow-anonymous")]
    [InlineData("https://127.0.0.1:5080", "put a proxy before it")]
    [InlineData("http://127.0.0.1:5080/path", "without a path")]
    [InlineData("nonsense", "but is 'nonsense'")]
    public async Task Address_ThatIsNotOfThisMachine_OrNone_IsRefused(string urls, string error)
    {
        await using var bus = await TestBus.StartAsync(redis);
        var result = await new ToolRun(redis, bus.Prefix).RunAsync("dashboard", "--urls", urls);

        result.ExitCode.Should().Be(2);
        result.Error.Should().Contain(error);
    }
}
