namespace EventTriggers.Tests.Triggers.Explaining;

/// <summary>What docs/explain.md prints is what its code prints.</summary>
public sealed class ExplainPageTests(RedisFixture redis)
{
    [Fact]
    public async Task ThePage_ShowsWhatItsCodePrints()
    {
        var blocks = DocumentedCode.BlocksOf("docs/explain.md", "text");
        await using var scene = await ExplainScene.CreateAsync(redis);
        await scene.AddAsync(
            Trigger.On("order.placed")
                .Matching("""{"country":["DE","AT"],"lines":{"sku":[{"prefix":"wine-"}],"count":[{"numeric":[">",10]}]}}"""),
            "check-by-hand");
        await scene.PublishAsync(
            "order.placed", """{"country":"DE","lines":[{"sku":"wine-7","count":6},{"sku":"cork-1","count":200}]}""",
            new PublishOptions { Id = "order-42" });
        await scene.AddAsync(Trigger.On("login.failed").Per("user").Count(3).Within(TimeSpan.FromMinutes(1)), "suspicious");
        await scene.AddAsync(
            Trigger.On("login.failed").Per("user").NotFollowedBy("login.succeeded").Within(TimeSpan.FromMinutes(10)), "ask-support");
        await scene.AddAsync(Trigger.On("login.failed").Matching("""{"user":["root"]}"""), "root");
        scene.Clock.Advance(TimeSpan.FromHours(9));
        await scene.PublishAsync("login.failed", """{"user":"ann"}""", new PublishOptions { Id = "login-1" });
        await scene.Scene.MatchAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(20));
        await scene.PublishAsync("login.failed", """{"user":"ann"}""", new PublishOptions { Id = "login-2" });
        await scene.Scene.MatchAsync();

        var one = Docs.Explain.Lines(await scene.ExplainAsync("check-by-hand", "order-42"));
        var counted = Docs.Explain.Lines(await scene.ExplainAsync("suspicious", "login-2"));
        scene.Clock.Advance(TimeSpan.FromSeconds(10));
        var all = (await scene.ExplainTypeAsync("login.failed", """{"user":"ann"}""")).Triggers.SelectMany(Docs.Explain.Lines);

        // The payload has an id of its own each time.
        string[] printed =
        [
            string.Join('\n', one) + "\n", string.Join('\n', counted) + "\n",
            System.Text.RegularExpressions.Regex.Replace(string.Join('\n', all), "08[0-9A-Za-z]{20}", "(new)") + "\n",
        ];
        printed.Should().Equal(blocks);
    }
}
