namespace EventTriggers.Tests.Limits;

public sealed class EventLimitTests(RedisFixture redis)
{
    [Fact]
    public async Task Publish_WithTooLongACorrelationId_IsRefused()
    {
        await using var host = TestHost.Create(redis);
        var publish = (int length) => host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { CorrelationId = new string('x', length) }).AsTask();

        await publish.Awaiting(static call => call(200)).Should().NotThrowAsync();
        await publish.Awaiting(static call => call(201)).Should().ThrowAsync<ArgumentException>().WithMessage("*at most 200 characters*has 201*");
    }
}
