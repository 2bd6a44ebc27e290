using EventTriggers.Tests;

namespace EventTriggers.Dashboard.Tests;

/// <summary>What the API says of keys that wait.</summary>
public sealed class KeyRouteTests(RedisFixture redis)
{
    [Fact]
    public async Task Keys_HasWhatWaits_WhoseTurnItIs_AndTheDeadLetterThatHoldsAKey()
    {
        await using var app = await StartAsync(DeadLetters.Hold);
        var ids = await PublishAsync(app, "a", -1, 2, 3);
        var others = await PublishAsync(app, "b", 1);
        var events = app.Services.GetRequiredService<IEventStore>();
        await Wait.UntilAsync(
            async () => await events.CountAsync() is { Dead: 1, Processed: 1, Waiting: 2, HeldKeys: 1 }, "the key is held");

        var found = await app.GetAsync("api/keys?group=default");

        (found.GetProperty("heldKeys").GetInt32(), found.GetProperty("waitingKeys").GetInt32()).Should().Be((1, 1));
        var key = found.GetProperty("keys").EnumerateArray().Should().ContainSingle().Subject;
        (key.GetProperty("key").GetString(), key.GetProperty("waiting").GetInt32(), key.GetProperty("heldBehind").GetString()).Should()
            .Be(("a", 2, ids[0]));
        key.GetProperty("active").EnumerateArray().Select(static one => one.GetString()).Should().Equal(ids[0]);

        var deliveries = (await app.GetAsync("api/deliveries?group=default&key=a&limit=100")).GetProperty("rows").EnumerateArray();
        deliveries.Select(static one => one.GetProperty("id").GetString()).Should().BeEquivalentTo(ids);
        deliveries.Should().OnlyContain(static one => one.GetProperty("key").GetString() == "a");
        others.Should().ContainSingle();

        var shown = await app.GetAsync($"api/event?id={Uri.EscapeDataString(ids[2])}");
        var why = shown.GetProperty("explanations").EnumerateArray().Single();
        (why.GetProperty("group").GetString(), why.GetProperty("reason").GetString(), why.GetProperty("behind")[0].GetString()).Should()
            .Be(("default", "KeyHeld", ids[0]));
    }

    [Fact]
    public async Task Keys_OfAGroupThatDoesNotOrder_AreNone_AndAGroupIsNeeded()
    {
        await using var app = await StartAsync(onDead: null);

        (await app.GetAsync("api/keys?group=default")).GetProperty("keys").GetArrayLength().Should().Be(0);
        foreach (var query in (string[])[string.Empty, "?group=not%20one", "?group=default&limit=501"])
        {
            (await app.SendAsync(Visitor.Viewer, HttpMethod.Get, $"/triggers/api/keys{query}")).StatusCode.Should()
                .Be(System.Net.HttpStatusCode.BadRequest, query);
        }
    }

    private static async Task<IReadOnlyList<string>> PublishAsync(DashboardApp app, string key, params int[] numbers)
    {
        var ids = new List<string>();
        foreach (var number in numbers)
        {
            ids.Add((await app.Bus.PublishAsync(new OrderPlaced(number), new PublishOptions { Key = key })).Id);
        }

        return ids;
    }

    private Task<DashboardApp> StartAsync(DeadLetters? onDead) => DashboardApp.StartAsync(
        redis,
        static bus => bus.AddHandler<OrderPlaced>(static (context, _) => context.Event.Number < 0
            ? throw new InvalidOperationException("the card was declined") : default),
        options: options =>
        {
            options.MaxAttempts = 1;
            options.Groups[options.Group] = new GroupOptions { ConcurrencyPerKey = onDead is null ? null : 1, OnDead = onDead };
        });
}
