using EventTriggers.Testing;

namespace EventTriggers.Tests.TestKit;

/// <summary>A test that fails says what did happen. The texts are written by hand.</summary>
public sealed class TestHostFailureTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task HandledAsync_ThatFails_ListsWhatDidHappen()
    {
        await using var app = await EventTriggersTestHost.StartAsync(static services => services
            .AddSingleton<IRetryPolicy>(new OneRetry()).AddRedisTriggers()
            .AddHandler<Reminder>(static (_, _) => default)
            .AddHandler<OrderPlaced>(static (context, _) => context.Event.Number == 13
                ? throw new FormatException("Not 13.")
                : default));
        await app.Triggers.AddAsync(Trigger.At(At(9)).Publish(new Reminder(9)).WithId("nine"));
        await app.Triggers.AddAsync(Trigger.On<OrderPlaced>().Per(o => o.Number).NotFollowedBy<Reminder>(
            next => next.Per(r => r.Number)).Within(TimeSpan.FromHours(2)).Publish(new Reminder(0)).WithId("unpaid"));
        await app.Triggers.AddAsync(Trigger.On("mail").Publish(new Reminder(1)).WithId("answer"));
        await app.Triggers.AddAsync(Trigger.After(TimeSpan.FromHours(1)).Publish(new Reminder(2)).WithId("gone"));
        await app.Triggers.CancelAsync("gone");
        await app.Triggers.AddAsync(Trigger.At(At(8)).Publish(new Reminder(8)).WithId("paused"));
        await app.Triggers.PauseAsync("paused");
        await app.PublishAsync(new OrderPlaced(13, "D"), new PublishOptions { Id = "order-13" });
        await app.PublishAsync(new OrderPlaced(7), new PublishOptions { Id = "order-7" });
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        await app.PublishAsync(new Reminder(3), new PublishOptions { Id = "later", Delay = TimeSpan.FromMinutes(30) });
        await app.Bus.PublishRawAsync("letter", "[1,2]"u8.ToArray(), new PublishOptions { Id = "letter-1" });
        await app.IdleAsync();

        var handled = () => app.HandledAsync<Reminder>(static reminder => reminder.Number == 3, Short);

        (await handled.Should().ThrowAsync<EventTriggersTestException>()).Which.Message.ReplaceLineEndings("\n").Should().Be(
            """
            No matching Reminder was handled within 00:00:00.2000000.
            The clock shows 2030-01-01 00:01:00Z.
            Handled:
              order.placed 'order-7' {"number":7,"country":"DE"}, at 2030-01-01 00:00:00Z
            Failed:
              order.placed 'order-13' {"number":13,"country":"D"}, at 2030-01-01 00:00:00Z, attempt 1: System.FormatException: Not 13.
              order.placed 'order-13' {"number":13,"country":"D"}, at 2030-01-01 00:00:01Z, attempt 2: System.FormatException: Not 13.
            Not handled:
              order.placed 'order-13' {"number":13,"country":"D"}: a dead letter, after attempt 2: System.FormatException: Not 13.
              order.reminder 'later' {"number":3}: delayed until 2030-01-01 00:31:00Z
            Without a group that handles its type:
              letter 'letter-1' [1,2]
            Triggers:
              'unpaid' publishes order.reminder {"number":0} for events of order.placed, at 2030-01-01 02:00:00Z and 1 later
              'nine' publishes order.reminder {"number":9} at 2030-01-01 09:00:00Z
              'answer' publishes order.reminder {"number":1} for events of mail
              'paused' publishes order.reminder {"number":8}, but is paused
            """);
    }

    [Fact]
    public async Task HandledAsync_OfATypeWithoutAHandler_FailsAtOnce()
    {
        await using var app = await EventTriggersTestHost.StartAsync(static services =>
            services.AddRedisTriggers().AddHandler<OrderPlaced>(static (_, _) => default));

        var handled = () => app.HandledAsync<Reminder>(within: TimeSpan.FromHours(1));

        (await Wait.ForAsync(handled.Should().ThrowAsync<EventTriggersTestException>())).WithMessage(
            "No handler of EventTriggers.Tests.Reminder is registered, so the host handles none. It has handlers of OrderPlaced.");
    }

    [Fact]
    public async Task HandledAsync_WhereNothingHappened_SaysSo()
    {
        await using var app = await EventTriggersTestHost.StartAsync(static services =>
            services.AddRedisTriggers().AddHandler<OrderPlaced>(static (_, _) => default));

        var handled = () => app.HandledAsync<OrderPlaced>(within: Short);

        (await handled.Should().ThrowAsync<EventTriggersTestException>()).Which.Message.ReplaceLineEndings("\n").Should().Be(
            """
            No OrderPlaced was handled within 00:00:00.2000000.
            The clock shows 2030-01-01 00:00:00Z.
            No event was published, and no trigger is stored.
            """);
    }

    [Fact]
    public async Task IdleAsync_WithAHandlerThatDoesNotReturn_NamesIt()
    {
        var never = new TaskCompletionSource();
        await using var app = await EventTriggersTestHost.StartAsync(
            services => services.AddRedisTriggers().AddHandler<OrderPlaced>(async (_, token) => await never.Task.WaitAsync(token))
                .AddGroup("billing", static group => group.AddHandler<Reminder>(static (_, _) => default)),
            new EventTriggersTestHostOptions { Limit = TimeSpan.FromSeconds(1) });
        await app.PublishAsync(new OrderPlaced(7), new PublishOptions { Id = "order-7" });

        var idle = () => app.AdvanceAsync(TimeSpan.FromMinutes(1));

        (await idle.Should().ThrowAsync<EventTriggersTestException>()).Which.Message.ReplaceLineEndings("\n").Should().Be(
            """
            The host was not idle within 00:00:01.
            The clock shows 2030-01-01 00:00:00Z.
            Running:
              order.placed 'order-7' {"number":7,"country":"DE"} in group 'default', since 2030-01-01 00:00:00Z
            Not handled:
              order.placed 'order-7' {"number":7,"country":"DE"} in group 'default': leased
            """);
    }

    [Fact]
    public async Task DescribeAsync_OfMany_EndsWithTheirNumber()
    {
        await using var app = await EventTriggersTestHost.StartAsync(static services =>
            services.AddRedisTriggers().AddHandler<Reminder>(static (_, _) => default));
        for (var i = 0; i < 25; i++)
        {
            await app.PublishAsync(new Reminder(i));
        }

        await app.IdleAsync();

        var lines = (await app.DescribeAsync()).Split(Environment.NewLine);
        lines.Should().HaveCount(23).And.HaveElementAt(1, "Handled:").And.HaveElementAt(22, "  and 5 more");
    }

    [Fact]
    public async Task StartAsync_WithoutABus_IsRefused()
    {
        var start = () => EventTriggersTestHost.StartAsync(static _ => { });

        await start.Should().ThrowAsync<InvalidOperationException>()
            .WithMessage("The services have no bus; call AddRedisTriggers in the delegate that StartAsync takes.");
    }

    [Fact]
    public async Task StartAsync_WithAHandlerThatCannotBeMade_ThrowsWhatTheLoopThrows()
    {
        var start = () => EventTriggersTestHost.StartAsync(static services => services.AddRedisTriggers().AddHandler<Reminder, Needy>());

        await start.Should().ThrowAsync<InvalidOperationException>().WithMessage("*Needy*IMissing*");
    }

    [Fact]
    public async Task StartAsync_WithASettingThatIsNotAllowed_IsRefused()
    {
        var start = () => EventTriggersTestHost.StartAsync(
            static services => services.AddRedisTriggers(static options => options.Concurrency = 0));

        await start.Should().ThrowAsync<Microsoft.Extensions.Options.OptionsValidationException>().WithMessage("*Concurrency*");
    }

    [Fact]
    public async Task StartAsync_WithABadOption_IsRefused()
    {
        var both = () => EventTriggersTestHost.StartAsync(
            static services => services.AddRedisTriggers(),
            new EventTriggersTestHostOptions { ConnectionString = "localhost", Limit = TimeSpan.Zero });

        await both.Should().ThrowAsync<ArgumentException>().WithMessage("Limit must be positive, but is 00:00:00.*");
    }

    private static DateTimeOffset At(int hour) => new(2030, 1, 1, hour, 0, 0, TimeSpan.Zero);

    private sealed class OneRetry : IRetryPolicy
    {
        public TimeSpan? NextDelay(HandlerFailure failure) => failure.Failures == 1 ? TimeSpan.FromSeconds(1) : null;
    }

    public interface IMissing;

    public sealed class Needy(IMissing missing) : IEventHandler<Reminder>
    {
        public IMissing Missing => missing;

        public ValueTask HandleAsync(EventContext<Reminder> context, CancellationToken cancellationToken) => default;
    }
}
