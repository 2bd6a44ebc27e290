using EventTriggers.Dashboard.Tests;
using EventTriggers.Tests;
using Microsoft.Playwright;
using static EventTriggers.Dashboard.Browser.ActionScene;

namespace EventTriggers.Dashboard.Browser;

/// <summary>Every change of deliveries, one or many of them, made by clicking. What came of it, the stores say.</summary>
public sealed class DeliveryActionTests(RedisFixture redis, Chromium chromium)
{
    private readonly ActionScene _scene = new(redis);

    [Fact]
    public async Task ADeadLetter_IsReachedFromTheOverview_AndRedriven_AnotherOneDiscarded()
    {
        await using var app = await _scene.StartAsync();
        await DieAsync(app, "dead/1", "dead/2");
        await using var page = await chromium.OpenAsync(app.Address);
        var events = app.Services.GetRequiredService<IEventStore>();

        await page.Page.GetByText("Group default has 2 dead letters.").ClickAsync();
        await page.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "dead/1" }).ClickAsync();
        await page.ShowsAsync("the card was declined");
        await page.Button("Redrive").ClickAsync();
        _scene.Fails = false;
        await page.ConfirmAsync("Redrive");
        await page.SaysAsync("The event is ready again.");
        await Wait.UntilAsync(async () => await StatusAsync(events, "dead/1") == DeliveryStatus.Processed, "it is processed");
        await page.Page.Locator("main .badge.processed").First.WaitForAsync();

        await page.GoAsync("event?id=dead%2F2");
        await page.Button("Discard").ClickAsync();
        await page.Dialog.GetByText("This cannot be undone").WaitForAsync();
        await page.ConfirmAsync("Not now");
        (await StatusAsync(events, "dead/2")).Should().Be(DeliveryStatus.Dead, "it was not confirmed");
        await page.Button("Discard").ClickAsync();
        await page.ConfirmAsync("Discard");
        await page.SaysAsync("The dead letter is given up.");
        (await StatusAsync(events, "dead/2")).Should().Be(DeliveryStatus.Discarded);
        await EndAsync(page);
    }

    [Fact]
    public async Task ADelivery_IsCanceled_FromTheListAndFromItsPage()
    {
        await using var app = await _scene.StartAsync();
        await PublishLaterAsync(app, "later/1", "later/2");
        await using var page = await chromium.OpenAsync(app.Address, "deliveries?group=default&status=Delayed");
        var events = app.Services.GetRequiredService<IEventStore>();

        await page.Button("Cancel later/1").ClickAsync();
        await page.ConfirmAsync("Cancel the event");
        await page.SaysAsync("The event is canceled: no handler will run for it.");
        (await StatusAsync(events, "later/1")).Should().Be(DeliveryStatus.Canceled);

        await page.GoAsync("event?id=later%2F2");
        await page.Button("Cancel the event").ClickAsync();
        await page.ConfirmAsync("Cancel the event");
        await page.ShowsAsync("Canceled");
        (await StatusAsync(events, "later/2")).Should().Be(DeliveryStatus.Canceled);
        await EndAsync(page);
    }

    [Fact]
    public async Task AllThatMatches_IsRedriven_DiscardedOrCanceled_WithItsCount()
    {
        await using var app = await _scene.StartAsync();
        await DieAsync(app, [.. Enumerable.Range(1, 12).Select(static number => $"dead/{number}")]);
        await PublishLaterAsync(app, "later/1", "later/2", "later/3");
        await using var page = await chromium.OpenAsync(app.Address, "deliveries?group=default&status=Delayed");
        var events = app.Services.GetRequiredService<IEventStore>();

        await page.Button("Cancel all").ClickAsync();
        await page.Dialog.GetByText("Cancel all 3 delayed deliveries of default?").WaitForAsync();
        await page.ConfirmAsync("Cancel");
        await Wait.UntilAsync(async () => (await events.CountAsync("default")).Delayed == 0, "they are canceled");

        await page.GoAsync("deliveries?group=default&status=Dead&idPrefix=dead%2F1");
        await page.Button("Discard all").ClickAsync();
        await page.Dialog.GetByText("Discard those of 12 dead letters that match the filters?").WaitForAsync();
        await page.ConfirmAsync("Discard");
        await Wait.UntilAsync(async () => (await events.CountAsync("default")).Dead == 8, "dead/1 and 10 to 12 are given up");

        _scene.Fails = false;
        await page.GoAsync("deliveries?group=default&status=Dead");
        await page.Button("Redrive all").ClickAsync();
        await page.Dialog.GetByText("Redrive all 8 dead letters of default?").WaitForAsync();
        await page.ConfirmAsync("Redrive");
        await page.SaysAsync("The operation has begun.");
        await Wait.UntilAsync(async () => (await events.CountAsync("default")) is { Dead: 0, Processed: 8 }, "they are processed");
        await page.GoAsync("audit");
        await page.ShowsAsync("redrive events");
        await EndAsync(page);
    }

    [Fact]
    public async Task ABulkOperation_IsStopped()
    {
        await using var app = await _scene.StartAsync();
        await DieAsync(app, [.. Enumerable.Range(1, 5).Select(static number => $"dead/{number}")]);
        await using var page = await chromium.OpenAsync(app.Address, "deliveries?group=default&status=Dead");
        var operations = app.Services.GetRequiredService<IOperationStore>();

        // One a second is slow enough to be stopped.
        await page.Button("Discard all").ClickAsync();
        await page.Dialog.GetByLabel("At most so many in a second").FillAsync("1");
        await page.ConfirmAsync("Discard");
        await page.SaysAsync("The operation has begun.");
        await page.GoAsync("audit");
        await page.Button("Stop").ClickAsync();
        await page.ConfirmAsync("Stop it");
        await page.SaysAsync("The operation is stopped.");
        (await operations.ListAsync()).Should().ContainSingle().Which.Status.Should().Be(BulkOperationStatus.Stopped);
        (await app.Services.GetRequiredService<IEventStore>().CountAsync("default")).Dead.Should().BeGreaterThan(0);
        await EndAsync(page);
    }

    [Fact]
    public async Task AListThatIsLong_IsContinued_AndEachRowIsThereOnce()
    {
        await using var app = await _scene.StartAsync();
        await DieAsync(app, [.. Enumerable.Range(1, 120).Select(static number => $"dead/{number}")]);
        await using var page = await chromium.OpenAsync(app.Address, "deliveries?group=default&status=Dead");

        await page.Page.GetByText("50 rows shown").WaitForAsync();
        await page.Button("Show more").ClickAsync();
        await page.Page.GetByText("100 rows shown").WaitForAsync();
        await page.Button("Show more").ClickAsync();
        await page.Page.GetByText("120 rows shown, all there are").WaitForAsync();

        (await page.Page.Locator("main tbody tr td.name a").AllInnerTextsAsync()).Should().BeEquivalentTo(
            Enumerable.Range(1, 120).Select(static number => $"dead/{number}"));
        await EndAsync(page);
    }

    [Fact]
    public async Task AKeyThatIsHeld_GoesOn_WhenItsDeadLetterIsRedriven_OrDiscarded()
    {
        await using var app = await _scene.StartAsync(static options => options.Groups[options.Group] =
            new GroupOptions { ConcurrencyPerKey = 1, OnDead = DeadLetters.Hold });
        var (a, b) = (await PublishKeyAsync(app, "a", 3), await PublishKeyAsync(app, "b", 2));
        var events = app.Services.GetRequiredService<IEventStore>();
        await Wait.UntilAsync(async () => (await events.CountAsync()).HeldKeys == 2, "both keys are held");
        await using var page = await chromium.OpenAsync(app.Address);

        await page.Page.GetByText("2 keys wait behind a dead letter in group default.").ClickAsync();
        await page.ShowsAsync("2 keys wait behind a dead letter · events of 2 keys wait");
        await page.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "2", Exact = true }).ClickAsync();
        await page.ShowsAsync("2 rows shown");
        (await page.TextAsync()).Should().Contain(a[1]).And.Contain(a[2]).And.NotContain(b[0]);

        await page.GoAsync($"event?id={Uri.EscapeDataString(a[2])}");
        await page.ShowsAsync($"Its key waits behind the dead letter {a[0]}");

        await page.GoAsync("keys?group=default");
        await page.Button($"Discard {b[0]}").ClickAsync();
        await page.ConfirmAsync("Discard");
        await page.SaysAsync("The dead letter is given up.");
        await Wait.UntilAsync(async () => await StatusAsync(events, b[1]) == DeliveryStatus.Dead, "its successor had its turn");

        _scene.Fails = false;
        await page.Button($"Redrive {a[0]}").ClickAsync();
        await page.ConfirmAsync("Redrive");
        await page.SaysAsync("The event is ready again.");
        await Wait.UntilAsync(async () => (await events.CountAsync()).Processed == 3, "the key goes on behind it");
        (await StatusAsync(events, b[0])).Should().Be(DeliveryStatus.Discarded);
        await page.GoAsync("keys?group=default");
        await page.ShowsAsync("1 key waits behind a dead letter");
        await EndAsync(page);
    }

    private static async Task<IReadOnlyList<string>> PublishKeyAsync(DashboardApp app, string key, int count)
    {
        var results = await app.Bus.PublishManyAsync(
            [.. Enumerable.Range(0, count).Select(static n => new OrderPlaced(n))], new PublishOptions { Key = key });
        return [.. results.Select(static one => one.Id)];
    }

    private static Task PublishLaterAsync(DashboardApp app, params string[] ids) => Task.WhenAll(ids.Select(id => app.Bus.PublishAsync(
        new OrderPlaced(1), new PublishOptions { Id = id, Delay = TimeSpan.FromHours(1) }).AsTask()));

    private static async Task<DeliveryStatus> StatusAsync(IEventStore events, string id) =>
        (await events.FindAsync(id))!.Deliveries.Single(static one => one.Group == "default").Status;
}
