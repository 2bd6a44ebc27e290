namespace EventTriggers.Tests.DependencyInjection;

/// <summary>The key that a type gives its events: <c>AddEvent&lt;T&gt;("name", key: …)</c>.</summary>
public sealed class DefaultKeyTests(RedisFixture redis)
{
    private static readonly Func<OrderPlaced, string?> ByNumber = static order => order.Number < 0 ? null : $"order-{order.Number}";

    [Fact]
    public async Task Publish_WithoutAKey_HasThatOfItsType()
    {
        await using var host = TestHost.Create(redis, static build => build.AddEvent("order.placed", key: ByNumber));

        string[] ids =
        [
            (await host.Bus.PublishAsync(new OrderPlaced(1))).Id,
            (await host.Bus.PublishAsync(new OrderPlaced(2), new() { CorrelationId = "c" })).Id,
            .. (await host.Bus.PublishManyAsync([new OrderPlaced(3), new OrderPlaced(-4), new OrderPlaced(5)])).Ids(),
            .. (await host.Bus.PublishManyAsync([EventToPublish.Of(new OrderPlaced(6)), EventToPublish.Of(new Reminder(7))])).Ids(),
        ];

        (await KeysAsync(host, ids)).Should().Equal("order-1", "order-2", "order-3", null, "order-5", "order-6", null);
        ids[0].Should().MatchRegex("^order-1/[0-9A-Za-z]{22}$");
        ids[3].Should().MatchRegex("^[0-9A-Za-z]{22}$");
    }

    [Fact]
    public async Task Publish_WithAKeyInItsOptions_DoesNotAskTheType()
    {
        await using var host = TestHost.Create(redis, static build => build.AddEvent<OrderPlaced>(
            "order.placed", key: static _ => throw new InvalidOperationException("It is not asked.")));

        string[] ids =
        [
            (await host.Bus.PublishAsync(new OrderPlaced(1), new() { Key = "own" })).Id,
            .. (await host.Bus.PublishManyAsync([new OrderPlaced(2), new OrderPlaced(3)], new() { Key = "own" })).Ids(),
            .. (await host.Bus.PublishManyAsync([EventToPublish.Of(new OrderPlaced(4), new() { Key = "own" })])).Ids(),
        ];

        (await KeysAsync(host, ids)).Should().Equal("own", "own", "own", "own");
    }

    [Fact]
    public async Task PublishRaw_DoesNotAskTheType()
    {
        await using var host = TestHost.Create(redis, static build => build.AddEvent("order.placed", key: ByNumber));
        var json = """{"number":1}"""u8.ToArray();

        string[] ids =
        [
            (await host.Bus.PublishRawAsync("order.placed", json)).Id,
            .. (await host.Bus.PublishManyAsync([EventToPublish.Raw("order.placed", json)])).Ids(),
        ];

        (await KeysAsync(host, ids)).Should().Equal(null, null);
    }

    [Theory]
    [InlineData(
        "throws", "The key of event 'order.placed' could not be found in its payload: the function that AddEvent was given threw "
        + "System.FormatException: no number*")]
    [InlineData(
        "a/b", "The function that AddEvent was given for the key of event 'order.placed' returned what is not a key. The key of an event "
        + "must consist of A–Z a–z 0–9 . _ : -, but 'a/b' has U+002F at 1.*")]
    [InlineData("", "The function that AddEvent was given for the key of event 'order.placed' returned what is not a key.*but is empty.*")]
    public async Task Publish_WhereTheTypeGivesNoKeyThatCanBe_IsRefused(string key, string message)
    {
        await using var host = TestHost.Create(redis, build => build.AddEvent<OrderPlaced>(
            "order.placed", key: order => order.Number == 1 ? "fine" : key == "throws" ? throw new FormatException("no number") : key));
        Func<Task>[] all =
        [
            () => host.Bus.PublishAsync(new OrderPlaced(2)).AsTask(),
            () => host.Bus.PublishManyAsync([new OrderPlaced(1), new OrderPlaced(2)]).AsTask(),
            () => host.Bus.PublishManyAsync([EventToPublish.Of(new OrderPlaced(1)), EventToPublish.Of(new OrderPlaced(2))]).AsTask(),
        ];

        foreach (var publish in all)
        {
            await publish.Should().ThrowAsync<ArgumentException>().WithMessage(message);
        }

        (await host.Events.CountUnroutedAsync()).Types.Should().BeEmpty("nothing was published");
    }

    [Fact]
    public async Task Publish_WithAnIdThatDoesNotBeginWithTheKeyOfItsType_IsRefused_WhereThereAreSeveralPartitions()
    {
        await using var host = TestHost.Create(
            redis, static build => build.AddEvent("order.placed", key: ByNumber), static options => options.Partitions = 5);

        var publish = () => host.Bus.PublishAsync(new OrderPlaced(1), new() { Id = "other" }).AsTask();

        await publish.Should().ThrowAsync<ArgumentException>()
            .WithMessage("With 5 partitions*the id is 'other' and the key is 'order-1', by the function that AddEvent was given.*");
        (await host.Bus.PublishAsync(new OrderPlaced(1), new() { Id = "order-1/own" })).Id.Should().Be("order-1/own");
    }

    [Fact]
    public async Task FollowUp_WithoutAKey_HasThatOfItsType_AndOtherwiseThatOfItsParent()
    {
        await using var host = TestHost.Create(redis, static build => build
            .AddEvent<Reminder>("order.reminder", key: static reminder => reminder.Number == 1 ? "own" : null)
            .AddHandler<OrderPlaced>(static (context, _) =>
            {
                context.Publish(new Reminder(1), new() { Id = "parent/typed" });
                context.Publish(new Reminder(2), new() { Id = "parent/inherited" });
                context.Publish(new Reminder(1), new() { Id = "parent/given", Key = "given" });
                context.PublishRaw("order.reminder", """{"number":1}"""u8.ToArray(), new() { Id = "parent/raw" });
                return default;
            })).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1), new() { Id = "parent", Key = "inherited" });
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "its success is recorded");

        (await KeysAsync(host, ["parent/typed", "parent/inherited", "parent/given", "parent/raw"])).Should()
            .Equal("own", "inherited", "given", "inherited");
    }

    [Fact]
    public async Task FollowUp_WhoseTypeHasAnotherKey_IsRefused_WhereThereAreSeveralPartitions()
    {
        var refused = new TaskCompletionSource<string>();
        await using var host = TestHost.Create(
            redis,
            build => build.AddEvent<Reminder>("order.reminder", key: static _ => "own").AddHandler<OrderPlaced>((context, _) =>
            {
                var publish = () => context.Publish(new Reminder(1));
                refused.TrySetResult(publish.Should().Throw<ArgumentException>().Which.Message);
                return default;
            }),
            static options => options.Partitions = 5).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1), new() { Key = "parent" });

        (await Wait.ForAsync(refused.Task)).Should().StartWith("With 5 partitions, the key of a follow-up must be 'parent'")
            .And.Contain("but is 'own', by the function that AddEvent was given.");
    }

    // A payload that is published as its own type has the key that this type gives it.
    [Fact]
    public async Task Publish_AsAnotherType_AsksTheTypeOfTheEvent()
    {
        await using var host = TestHost.Create(redis, static build => build
            .AddEvent<Animal>("animal", key: static _ => "animal").AddEvent<Dog>("dog", key: static dog => dog.Name));

        var results = await host.Bus.PublishManyAsync<Animal>([new Dog("rex"), new Animal()]);

        (await KeysAsync(host, results.Ids())).Should().Equal("rex", "animal");
    }

    [Fact]
    public async Task Publish_OfAStruct_HasTheKeyOfItsType()
    {
        await using var host = TestHost.Create(
            redis, static build => build.AddEvent<Reading>("reading", key: static reading => $"sensor-{reading.Sensor}"));

        (await KeysAsync(host, [(await host.Bus.PublishAsync(new Reading(3))).Id])).Should().Equal("sensor-3");
    }

    [Fact]
    public async Task AddEvent_TwiceForAType_MayGiveTheKeyOnceOrTheSame()
    {
        await using var host = TestHost.Create(redis, static build => build
            .AddEvent<OrderPlaced>("order.placed").AddEvent("order.placed", key: ByNumber).AddEvent("order.placed", key: ByNumber)
            .AddEvent<OrderPlaced>("order.placed", alsoKnownAs: ["order.made"]));

        (await KeysAsync(host, [(await host.Bus.PublishAsync(new OrderPlaced(1))).Id])).Should().Equal("order-1");
    }

    [Fact]
    public void AddEvent_WithAnotherKeyForAType_IsRefused()
    {
        var builder = new ServiceCollection().AddRedisTriggers().AddEvent("order.placed", key: ByNumber);

        builder.Invoking(static build => build.AddEvent<OrderPlaced>("order.placed", key: static _ => "other")).Should()
            .Throw<InvalidOperationException>()
            .WithMessage("Event 'order.placed' of EventTriggers.Tests.OrderPlaced has a key already; give AddEvent one function*");
    }

    private async Task<string?[]> KeysAsync(TestHost host, IEnumerable<string> ids)
    {
        var keys = new List<string?>();
        foreach (var id in ids)
        {
            keys.Add(await redis.Database.HashGetAsync($"{{{host.Prefix}:0}}:event:{id}", "key"));
            (await host.Events.FindAsync(id))!.Key.Should().Be(keys[^1]);
        }

        return [.. keys];
    }

    private class Animal;

    private sealed class Dog(string name) : Animal
    {
        public string Name { get; } = name;
    }

    private readonly record struct Reading(int Sensor);
}
