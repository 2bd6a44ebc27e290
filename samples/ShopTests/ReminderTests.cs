namespace ShopTests;

/// <summary>The shop on a real server, with a clock that the tests move. Each test takes milliseconds.</summary>
public sealed class ReminderTests
{
    private readonly Mailbox _mails = new();

    [Fact]
    public async Task OrderPlaced_NotPaid_IsRemindedAfter30Minutes()
    {
        await using var app = await StartAsync();
        await app.PublishAsync(new OrderPlaced(7));

        await app.AdvanceAsync(TimeSpan.FromMinutes(30));

        await app.HandledAsync<Reminder>(reminder => reminder.Number == 7);
        Assert.Equal("Please pay order 7.", Assert.Single(_mails.Sent));
    }

    [Fact]
    public async Task OrderPlaced_PaidInTime_IsNotReminded()
    {
        await using var app = await StartAsync();
        await app.PublishAsync(new OrderPlaced(7));
        await app.AdvanceAsync(TimeSpan.FromMinutes(29));
        await app.PublishAsync(new OrderPaid(7));

        await app.AdvanceAsync(TimeSpan.FromDays(1));

        Assert.Empty(app.Handled<Reminder>());
    }

    [Fact]
    public async Task Reminder_WhenTheMailServerIsBusy_IsSentLater()
    {
        _mails.Refusals = 3;
        await using var app = await StartAsync();
        await app.PublishAsync(new Reminder(7));

        await app.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal("Please pay order 7.", Assert.Single(_mails.Sent));
    }

    private Task<EventTriggersTestHost> StartAsync() =>
        EventTriggersTestHost.StartAsync(services => services.AddShop().AddSingleton<IMailer>(_mails));
}
