namespace ShopTests;

/// <summary>A handler and a publisher without a server.</summary>
public sealed class UnitTests
{
    [Fact]
    public async Task SendReminder_SendsAMail_AndPublishesThatItDid()
    {
        var mails = new Mailbox();
        var context = TestEventContext.Create(new Reminder(7));

        await new SendReminder(mails).HandleAsync(context, CancellationToken.None);

        Assert.Equal("Please pay order 7.", Assert.Single(mails.Sent));
        Assert.Equal(7, Assert.Single(context.PublishedOf<ReminderSent>()).Event.Number);
    }

    [Fact]
    public async Task Checkout_OfTheSameOrderTwice_PlacesItOnce()
    {
        var bus = new TestEventBus();
        var checkout = new Checkout(bus);

        Assert.True(await checkout.PlaceAsync(7));
        Assert.False(await checkout.PlaceAsync(7));

        var placed = Assert.Single(bus.PublishedOf<OrderPlaced>());
        Assert.Equal(7, placed.Event.Number);
        Assert.Equal("order-7/placed", placed.Id);
    }
}
