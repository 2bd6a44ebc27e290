using EventTriggers.Dashboard.Upcoming;
using EventTriggers.Tests;

namespace EventTriggers.Dashboard.Tests;

/// <summary>What the API says of what fires soon, of types, and of causes and effects.</summary>
public sealed class MorePagesTests(RedisFixture redis)
{
    [Fact]
    public async Task Upcoming_HasWhatFiresInADay_WithHowOften_InTheOrderOfTheirTime()
    {
        await using var app = await StartAsync();
        var triggers = app.Services.GetRequiredService<ITriggerStore>();
        await triggers.AddAsync(Trigger.After(TimeSpan.FromMinutes(315)).WithId("once").Publish(new Reminder(1)));
        await triggers.AddAsync(Trigger.Every(TimeSpan.FromMinutes(25)).WithId("often").Publish(new Reminder(1)));
        await triggers.AddAsync(Trigger.Every(TimeSpan.FromMinutes(1)).WithId("very-often").Publish(new Reminder(1)));
        await triggers.AddAsync(Trigger.After(TimeSpan.FromHours(25)).WithId("tomorrow").Publish(new Reminder(1)));
        await triggers.AddAsync(Trigger.After(TimeSpan.FromHours(2)).WithId("paused").Publish(new Reminder(1)));
        await triggers.PauseAsync("paused");

        var found = await UpcomingReader.ReadAsync(triggers, DateTimeOffset.UtcNow, CancellationToken.None);

        found.Rows.Select(static row => row.Trigger.Id).Should().Equal("very-often", "often", "once");
        found.Rows[0].IsEstimate.Should().BeTrue();
        found.Rows[0].Count.Should().BeInRange(1438, 1441, "it fires every minute, and some seconds may have passed");
        found.Rows[1].Count.Should().Be(57);
        found.Rows[2].Count.Should().Be(1);
        found.Firings.Sum().Should().Be(58, "what fires very often would hide the others");
        found.Firings[10].Should().Be(2, "five and a quarter hours are in the eleventh half hour, with the thirteenth of the others");
        found.ListedUntil.Should().BeNull();
    }

    [Fact]
    public async Task Upcoming_SaysHowFarItGoes_WhereThereAreMore()
    {
        await using var app = await StartAsync();
        var triggers = app.Services.GetRequiredService<ITriggerStore>();
        var begin = DateTimeOffset.UtcNow.AddHours(1);
        await Parallel.ForAsync(0, 210, async (number, stop) => await triggers.AddAsync(
            Trigger.At(begin.AddMinutes(number)).WithId($"t{number:000}").Publish(new Reminder(number)), stop));

        var found = await UpcomingReader.ReadAsync(triggers, DateTimeOffset.UtcNow, CancellationToken.None);

        found.Rows.Select(static row => row.Trigger.Id).Should().Equal(Enumerable.Range(0, 200).Select(static number => $"t{number:000}"));
        found.ListedUntil.Should().BeCloseTo(begin.AddMinutes(199), TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public async Task AType_HasItsGroups_WhatWatchesIt_AndWhoPublishedItLately()
    {
        await using var app = await StartAsync();
        await app.Services.GetRequiredService<ITriggerStore>().AddAsync(
            Trigger.On("order.placed").WithId("remind").Publish(new Reminder(1)));
        await app.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Id = "o1" });
        await app.Bus.PublishRawAsync("nobody.wants", "{}"u8.ToArray());
        var events = app.Services.GetRequiredService<IEventStore>();
        await Wait.UntilAsync(async () => await events.FindAsync("remind/=o1") is not null, "the trigger fires");

        var types = (await app.GetAsync("api/types")).EnumerateArray().ToDictionary(static one => one.GetProperty("name").GetString()!);
        var order = await app.GetAsync("api/type?name=order.placed");
        var reminder = await app.GetAsync("api/type?name=order.reminder");

        types.Keys.Should().Equal("nobody.wants", "order.placed", "order.reminder");
        types["nobody.wants"].GetProperty("unrouted").GetInt64().Should().Be(1);
        types["nobody.wants"].GetProperty("groups").GetArrayLength().Should().Be(0);
        types["order.placed"].GetProperty("groups")[0].GetString().Should().Be("default");
        order.GetProperty("watchedBy").EnumerateArray().Should().ContainSingle().Which.GetProperty("id").GetString().Should().Be("remind");
        order.GetProperty("recent")[0].TryGetProperty("triggerId", out _).Should().BeFalse("a program published it");
        reminder.GetProperty("recent")[0].GetProperty("triggerId").GetString().Should().Be("remind");
    }

    [Fact]
    public async Task Effects_AreWhatTriggersRaised_AndWhatHandlersPublished()
    {
        await using var app = await DashboardApp.StartAsync(redis, static bus => bus
            .AddHandler<OrderPlaced>(static (context, _) =>
            {
                context.Publish(new Reminder(2));
                return default;
            })
            .AddHandler<Reminder>(static (_, _) => default));
        var triggers = app.Services.GetRequiredService<ITriggerStore>();
        await triggers.AddAsync(Trigger.On("order.placed").WithId("remind").Publish(new Reminder(1)));
        await triggers.AddAsync(
            Trigger.On("order.placed").Matching("""{"country":["AT"]}""").WithId("austria").Publish(new Reminder(1)));
        await app.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Id = "o1" });
        var events = app.Services.GetRequiredService<IEventStore>();
        await Wait.UntilAsync(async () => (await events.CountAsync()).Processed == 3, "the order and both reminders are processed");

        var effects = await app.GetAsync("api/effects?id=o1");

        var raised = effects.GetProperty("triggers").EnumerateArray().ToArray();
        raised[0].GetProperty("triggerId").GetString().Should().Be("remind");
        raised[0].GetProperty("raisedId").GetString().Should().Be("remind/=o1");
        raised.Skip(1).Should().OnlyContain(static one => one.GetProperty("verdict").GetString() == "PatternDiffers");
        effects.GetProperty("followUps").EnumerateArray().Should().ContainSingle()
            .Which.GetProperty("id").GetString().Should().StartWith("o1/+");
    }

    private Task<DashboardApp> StartAsync() => DashboardApp.StartAsync(
        redis, static bus => bus.AddHandler<OrderPlaced>(static (_, _) => default).AddHandler<Reminder>(static (_, _) => default));
}
