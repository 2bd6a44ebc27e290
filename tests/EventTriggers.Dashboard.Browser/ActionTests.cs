using EventTriggers.Dashboard.Tests;
using EventTriggers.Tests;
using Microsoft.Playwright;
using static EventTriggers.Dashboard.Browser.ActionScene;

namespace EventTriggers.Dashboard.Browser;

/// <summary>Every change of groups, triggers and limits, made by clicking. What came of it, the stores say.</summary>
public sealed class ActionTests(RedisFixture redis, Chromium chromium)
{
    private readonly ActionScene _scene = new(redis);

    [Fact]
    public async Task AGroup_IsPausedWithAReason_UndoneAndResumed()
    {
        await using var app = await _scene.StartAsync();
        await using var page = await chromium.OpenAsync(app.Address);
        var groups = app.Services.GetRequiredService<IGroupStore>();

        await page.Button("Pause default").ClickAsync();
        await page.Dialog.GetByLabel("How long").SelectOptionAsync("60");
        await page.Dialog.GetByLabel("Why, for others to see").FillAsync("a migration");
        await page.ConfirmAsync("Pause");
        await page.SaysAsync("Group default is paused for 60 minutes.");
        var pause = (await groups.FindAsync("default"))!.Pause!;
        (pause.By, pause.Reason).Should().Be(("operator", "a migration"));
        pause.Until.Should().BeCloseTo(DateTimeOffset.UtcNow.AddHours(1), TimeSpan.FromMinutes(2));
        await page.ShowsAsync("Group default is paused by operator (a migration)");

        await page.Button("Undo").ClickAsync();
        await page.SaysAsync("Group default goes on.");
        (await groups.FindAsync("default"))!.Pause.Should().BeNull();

        await groups.PauseAsync("default");
        await page.Button("Resume default").ClickAsync();
        await page.SaysAsync("Group default goes on.");
        (await groups.FindAsync("default"))!.Pause.Should().BeNull();
        await EndAsync(page);
    }

    [Fact]
    public async Task TheConcurrencyOfAGroup_IsSet_UndoneAndReset()
    {
        await using var app = await _scene.StartAsync();
        await using var page = await chromium.OpenAsync(app.Address);
        var groups = app.Services.GetRequiredService<IGroupStore>();

        await page.Button("Concurrency of default").ClickAsync();
        await page.Dialog.GetByLabel("Deliveries at a time").FillAsync("3");
        await page.ConfirmAsync("Set");
        await page.SaysAsync("Each process handles 3 of group default at a time.");
        await page.ShowsAsync("3 at a time in all");
        var set = (await groups.FindAsync("default"))!.Concurrency!;
        (set.Concurrency, set.By).Should().Be((3, "operator"));
        var entry = (await app.Services.GetRequiredService<IAuditStore>().ListAsync())[0].Entry;
        (entry.Action, entry.Target, entry.By, entry.Details).Should().Be(("set concurrency", "default", "operator", "3"));

        await page.Button("Undo").ClickAsync();
        await page.SaysAsync("Each process handles as many deliveries of group default at a time as it is configured with.");
        (await groups.FindAsync("default"))!.Concurrency.Should().BeNull();

        await groups.SetConcurrencyAsync("default", 9);
        await page.ShowsAsync("9 at a time in all");
        await page.Button("Concurrency of default").ClickAsync();
        await page.Dialog.GetByLabel("Deliveries at a time").FillAsync(string.Empty);
        await page.ConfirmAsync("Set");
        await Wait.UntilAsync(async () => (await groups.FindAsync("default"))!.Concurrency is null, "it is reset");
        await EndAsync(page);
    }

    [Fact]
    public async Task WhatNobodyNeeds_IsRemoved_AGroupWithoutConsumers_AndEventsWithoutAGroup()
    {
        await using var app = await _scene.StartAsync();
        await using (var other = await DashboardApp.StartAsync(
            redis, static bus => bus.AddGroup("old", static group => group.AddHandler<OrderPlaced>(static (_, _) => default)),
            options: options => options.KeyPrefix = app.Prefix))
        {
            await Wait.UntilAsync(async () => await Groups(app).FindAsync("old") is not null, "the other host has subscribed");
        }

        await app.Bus.PublishRawAsync("nobody.wants", "{}"u8.ToArray());
        await app.Bus.PublishRawAsync("nobody.wants", "{}"u8.ToArray());
        await using var page = await chromium.OpenAsync(app.Address);

        await page.Page.GetByText("2 events of type nobody.wants went to no group.").ClickAsync();
        await page.Button("Discard all").ClickAsync();
        await page.Dialog.GetByText("Discard 2 events of nobody.wants?").WaitForAsync();
        await page.ConfirmAsync("Discard");
        await page.SaysAsync("2 events of type nobody.wants are discarded.");
        (await app.Services.GetRequiredService<IEventStore>().CountUnroutedAsync()).Types.Should().BeEmpty();

        await page.GoAsync("overview");
        await page.Button("Remove old").ClickAsync();
        await page.Dialog.GetByText("It is unsubscribed from 1 type, and 0 deliveries of it").WaitForAsync();
        await page.ConfirmAsync("Remove the group");
        await page.SaysAsync("Group old is removed.");
        (await Groups(app).FindAsync("old")).Should().BeNull();
        await EndAsync(page);
    }

    [Fact]
    public async Task ATrigger_IsPaused_Resumed_Moved_Fired_AndCanceled()
    {
        await using var app = await _scene.StartAsync();
        var triggers = app.Services.GetRequiredService<ITriggerStore>();
        await triggers.AddAsync(Trigger.Cron("0 3 * * *").WithId("nightly").Publish(new Reminder(1)));
        await using var page = await chromium.OpenAsync(app.Address, "trigger?id=nightly");
        async Task<TriggerRecord> Found() => (await triggers.FindAsync("nightly"))!;

        await page.Button("Pause").ClickAsync();
        await page.SaysAsync("The trigger is paused.");
        (await Found()).Status.Should().Be(TriggerStatus.Paused);
        await page.Button("Undo").ClickAsync();
        await page.SaysAsync("The trigger is active again.");
        (await Found()).Status.Should().Be(TriggerStatus.Active);
        await page.Button("Pause").ClickAsync();
        await page.Button("Resume").ClickAsync();
        await page.Button("Pause").WaitForAsync();
        (await Found()).Status.Should().Be(TriggerStatus.Active);

        await page.Button("Move").ClickAsync();
        await page.Dialog.GetByLabel("Due").FillAsync("2090-07-01T12:00");
        await page.ConfirmAsync("Move");
        await page.SaysAsync("The trigger is due at the new time.");
        (await Found()).DueAt.Should().Be(new DateTimeOffset(2090, 7, 1, 10, 0, 0, TimeSpan.Zero), "the browser is in Berlin");

        await page.Button("Fire now").ClickAsync();
        await page.ConfirmAsync("Fire now");
        await page.SaysAsync("The trigger has fired.");
        (await triggers.HistoryAsync("nightly")).Should().ContainSingle();

        await page.Button("Cancel").ClickAsync();
        await page.ConfirmAsync("Cancel the trigger");
        await page.SaysAsync("The trigger is canceled");
        (await Found()).Status.Should().Be(TriggerStatus.Canceled);

        // Nothing can be done with it any more: once the page is drawn again, the button is gone.
        await page.Button("Cancel").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        await EndAsync(page);
    }

    [Fact]
    public async Task ATrigger_ExplainsWhyItDidNotFire()
    {
        await using var app = await _scene.StartAsync();
        var triggers = app.Services.GetRequiredService<ITriggerStore>();
        await triggers.AddAsync(
            Trigger.On("order.placed").Matching("""{"country":["AT"]}""").WithId("austria").Publish(new Reminder(1)));
        _scene.Fails = false;
        await app.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Id = "o1" });
        await using var page = await chromium.OpenAsync(app.Address, "trigger?id=austria");

        await page.Page.GetByLabel("Id of an event").FillAsync("o1");
        await page.Button("Explain").ClickAsync();
        await page.ShowsAsync("PatternDiffers");
        (await page.TextAsync()).Should().Contain("$.country must be \"AT\", is \"DE\"");
        (await triggers.ExplainAsync("austria", "o1"))!.Verdict.Should().Be(TriggerVerdict.PatternDiffers);
        await page.Page.GetByLabel("Id of an event").FillAsync("not/there");
        await page.Button("Explain").ClickAsync();
        await page.ShowsAsync("no event 'not/there'");
    }

    [Fact]
    public async Task ALimit_IsChanged_AndReset()
    {
        await using var app = await _scene.StartAsync(static options => options.Groups[options.Group] =
            new GroupOptions { Limits = { ["stripe"] = new LimitOptions { Count = 25, Burst = 5 } } });
        await app.Bus.PublishAsync(new OrderPlaced(1));
        var limits = app.Services.GetRequiredService<IRateLimitStore>();
        await Wait.UntilAsync(async () => (await limits.ListAsync()).Limits.Count == 1, "the limit is asked");
        await using var page = await chromium.OpenAsync(app.Address);

        await page.GoAsync("limits");
        await page.ShowsAsync("25 in 1.0 s");
        await page.Button("Change stripe").ClickAsync();
        await page.Page.GetByLabel("How many may begin").FillAsync("3");
        await page.Page.GetByLabel("in so many seconds").FillAsync("60");
        await page.ConfirmAsync("Change");
        await page.SaysAsync("Limit stripe is 3 in 60 s.");
        await page.ShowsAsync("3 in 60 s");
        var set = (await limits.ListAsync()).Limits.Single();
        (set.Limit.Count, set.Limit.Per, set.Limit.Burst, set.SetAt is null).Should().Be((3, TimeSpan.FromMinutes(1), 5, false));

        await page.Button("Reset stripe").ClickAsync();
        await page.SaysAsync("Limit stripe is what processes are configured with.");
        (await limits.ListAsync()).Limits.Single().SetAt.Should().BeNull();
        await EndAsync(page);
    }

    [Fact]
    public async Task ALimitByKey_IsChanged_AndReset()
    {
        await using var app = await _scene.StartAsync(static options => options.Groups[options.Group] =
            new GroupOptions { LimitPerKey = new LimitOptions { Count = 5, Burst = 2 } });
        var limits = app.Services.GetRequiredService<IRateLimitStore>();
        await Wait.UntilAsync(async () => (await limits.ListAsync()).Limits.Count == 1, "the group has subscribed");
        await using var page = await chromium.OpenAsync(app.Address);

        await page.GoAsync("limits");
        await page.ShowsAsync("5 in 1.0 s");
        await page.ShowsAsync("burst 2");
        await page.Button("Change $key:default").ClickAsync();
        await page.Page.GetByLabel("How many may begin").FillAsync("3");
        await page.ConfirmAsync("Change");
        await page.SaysAsync("Limit $key:default is 3 in 1 s.");
        var set = (await limits.ListAsync()).Limits.Single();
        (set.Limit.Count, set.Limit.Burst, set.SetBy).Should().Be((3, 2, "operator"));
        await page.Button("Reset $key:default").ClickAsync();
        await page.SaysAsync("Limit $key:default is what processes are configured with.");
        (await limits.ListAsync()).Limits.Single().SetAt.Should().BeNull();
        await EndAsync(page);
    }

    // A viewer sees everything and has nothing to press.
    [Fact]
    public async Task AViewer_HasNoButtonsThatChange()
    {
        await using var app = await _scene.StartAsync();
        await DieAsync(app, "dead/1");
        await app.Services.GetRequiredService<ITriggerStore>().AddAsync(Trigger.Cron("0 3 * * *").WithId("t").Publish(new Reminder(1)));
        await using var page = await chromium.OpenAsync(app.Address, user: "viewer");
        string[] changing =
        [
            "Pause", "Resume", "Concurrency", "Redrive", "Discard", "Cancel", "Fire now", "Move", "Stop", "Change", "Reset", "Redrive all",
            "Discard all",
        ];

        string[] addresses =
            ["overview", "deliveries?group=default&status=Dead", "event?id=dead%2F1", "trigger?id=t", "audit", "keys", "limits"];
        foreach (var address in addresses)
        {
            await page.GoAsync(address);
            var names = await page.Page.Locator("main button:visible").AllInnerTextsAsync();
            names.Should().NotContain(name => changing.Contains(name.Trim()), address);
        }

        await page.Page.GetByText("may look").WaitForAsync();
        await EndAsync(page);
    }

    private static IGroupStore Groups(DashboardApp app) => app.Services.GetRequiredService<IGroupStore>();
}
