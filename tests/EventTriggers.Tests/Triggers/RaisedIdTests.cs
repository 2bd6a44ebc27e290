using CsCheck;
using EventTriggers.Events;
using EventTriggers.Redis;

namespace EventTriggers.Tests.Triggers;

/// <summary>What a trigger raises has an id of its own, which parses one way and which nobody else can take.</summary>
public sealed class RaisedIdTests(RedisFixture redis)
{
    private static readonly Gen<string> Ids = Gen.String[Gen.Char["ab1/./:-_"], 1, 12];

    // 'audit' waits for the events of 'daily'; 'audit/daily' is due at the same time.
    [Fact]
    public async Task Raised_ByAnEventAndByAMoment_AreTwoEvents()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var due = scene.Clock.GetUtcNow().AddHours(1);
        await scene.Host.Triggers.AddAsync(Trigger.On("daily.report").Publish(new Reminder(1)).WithId("audit"));
        await scene.Host.Triggers.AddAsync(
            Trigger.Every(TimeSpan.FromHours(1)).StartingAt(due).Publish(new Reminder(2)).WithId("audit/daily"));
        await scene.Host.Triggers.AddAsync(Trigger.At(due).PublishRaw("daily.report", "{}"u8.ToArray()).WithId("daily"));

        await scene.PassAsync(TimeSpan.FromHours(1));
        await scene.MatchAsync();

        (await scene.ClaimedAsync()).Select(id => id).Should().BeEquivalentTo(
            $"audit/=daily/@{due.ToUnixTimeMilliseconds()}", $"audit/daily/@{due.ToUnixTimeMilliseconds()}");
    }

    // A trigger of a moment, and one of an event whose id is that moment.
    [Fact]
    public async Task Raised_ForAnEventWhoseIdIsAMoment_AreTwoEvents()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var ms = scene.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var id = await scene.AddAsync(Trigger.On<OrderPlaced>());
        await scene.Host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Id = $"{ms}" });

        await scene.Host.Triggers.FireNowAsync(id);
        await scene.MatchAsync();

        (await scene.ClaimedAsync()).Should().BeEquivalentTo([$"{id}/@{ms}", $"{id}/={ms}"]);
    }

    [Fact]
    public async Task Raised_WhileACallerHasChosenWhatReadsAlike_IsRaisedAllTheSame()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On<OrderPlaced>());
        foreach (var chosen in new[] { $"{id}/order-7", $"{id}/-order-7", $"{id}/{id}/order-7" })
        {
            await scene.Host.Bus.PublishRawAsync("other", "{}"u8.ToArray(), new PublishOptions { Id = chosen });
        }

        await scene.Host.Bus.PublishAsync(new OrderPlaced(7), new PublishOptions { Id = "order-7" });
        await scene.MatchAsync(times: 2);

        (await scene.ClaimedAsync()).Should().Equal($"{id}/=order-7");
    }

    [Theory]
    [InlineData("check/=order-7")]
    [InlineData("check/2=order-7")]
    [InlineData("check/@1795456183456")]
    [InlineData("check/~0123456789abcdef0123456789abcdef")]
    [InlineData("order-7/+0AbC")]
    public async Task Publish_WithAMarkInItsId_IsRefused(string id)
    {
        await using var host = TestHost.Create(redis);

        var publish = async () => await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Id = id });
        var name = () => Trigger.On<OrderPlaced>().WithId(id);

        await publish.Should().ThrowAsync<ArgumentException>()
            .WithMessage($"The event id must consist of A–Z a–z 0–9 . _ : / -, but '{id}' has U+*");
        name.Should().Throw<ArgumentException>().WithMessage($"The trigger id must consist of A–Z a–z 0–9 . _ : / -, but '{id}' has U+*");
        (await host.Events.FindAsync(id)).Should().BeNull("it may be looked up");
    }

    // The judge is the reading of it: what is before the first mark, and what is behind it.
    [Fact]
    public void Raised_IsReadInOneWayOnly() => Gen.Select(Ids, Ids, Ids).Sample((trigger, source, next) =>
    {
        var raised = DerivedIds.Raised(trigger, source);
        var chained = DerivedIds.Raised(next, raised);

        foreach (var (id, by, cause) in new[] { (raised, trigger, source), (chained, next, raised) })
        {
            var mark = id.IndexOfAny([.. DerivedIds.Marks]);
            id[..mark].Should().Be($"{by}/");
            id[mark].Should().Be('=');
            id[(mark + 1)..].Should().Be(cause);
            Routing.KeyOf(id).ToString().Should().Be(Routing.KeyOf(by).ToString(), "it lives where its trigger lives");
        }
    });

    [Fact]
    public void Raised_ThatWouldBeTooLong_IsShortenedAndStaysTheSame()
    {
        var (trigger, source) = (new string('t', 150), new string('s', 200));

        var raised = DerivedIds.Raised(trigger, source);

        raised.Should().HaveLength(150 + 2 + 32).And.StartWith($"{trigger}/~");
        raised.Should().Be(DerivedIds.Raised(trigger, source));
        raised.Should().NotBe(DerivedIds.Raised(trigger, new string('s', 199)));
    }

    // Something else under the id is no proof that the trigger has fired, neither in a hash nor in a marker.
    [Theory]
    [InlineData("each")]
    [InlineData("throttled")]
    [InlineData("waiting")]
    public async Task Raised_WhereSomethingElseHasItsId_IsNumbered(string kind)
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var when = Trigger.On<OrderPlaced>();
        var id = await scene.AddAsync(kind switch
        {
            "each" => when,
            "throttled" => when.AtMost(5, TimeSpan.FromMinutes(1)),
            _ => when.Debounce(TimeSpan.FromMinutes(1)),
        });
        var keys = scene.Host.Keyspace.PartitionOf(id).Keys;
        var wanted = $"{id}/=order-7";
        await redis.Database.HashSetAsync(
            keys.Event(wanted), [
                new("type", "x"), new("data", "{}"), new(
                    "firing", $$"""{"trigger":"{{id}}","due":1,"fired":1,"sequence":1}"""), new("sources", """[{"id":"order-7","at":1}]"""),
            ]);
        await redis.Database.StringSetAsync(keys.Seen(wanted), "1");
        await scene.Host.Bus.PublishAsync(new OrderPlaced(7), new PublishOptions { Id = "order-7" });

        var lease = (await scene.HoldAsync()).Single();
        await Matchers.Of(scene.Host).RunAsync(lease);
        await scene.PassAsync(TimeSpan.FromMinutes(2));
        await redis.Database.KeyDeleteAsync(keys.Seen(wanted));
        await Matchers.Of(scene.Host).RunAsync(lease);
        await scene.PassAsync(TimeSpan.FromMinutes(2));

        (await scene.ClaimedAsync()).Should().Equal($"{id}/2=order-7");
        (await scene.Host.Triggers.FindAsync(id))!.FiringCount.Should().Be(1, "what it raised says so itself");
    }

    // What it raised is kept as a dead letter for longer than an id of the caller's is remembered.
    [Fact]
    public async Task Raised_ForAnEventThatIsPublishedAgainUnderItsId_IsRaisedAgain()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var id = await scene.AddAsync(Trigger.On<OrderPlaced>());
        var keys = scene.Host.Keyspace.PartitionOf("order-7").Keys;
        var options = new PublishOptions { Id = "order-7" };
        await scene.Host.Bus.PublishAsync(new OrderPlaced(7), options);
        await scene.MatchAsync();
        await redis.Database.KeyDeleteAsync([keys.Seen("order-7"), keys.Event("order-7")]);

        scene.Clock.Advance(TimeSpan.FromHours(2));
        await scene.Host.Bus.PublishAsync(new OrderPlaced(7), options);
        await scene.MatchAsync(times: 2);

        (await scene.ClaimedAsync()).Should().Equal($"{id}/=order-7", $"{id}/2=order-7");
    }

    [Fact]
    public async Task FireNow_AtTheMomentOfAnotherFiring_NumbersItsEvent()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var ms = scene.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var id = await scene.Host.Triggers.AddAsync(Trigger.Every(TimeSpan.FromHours(1)).Publish(new Reminder(1)));

        await scene.Host.Triggers.FireNowAsync(id);
        await scene.Host.Triggers.FireNowAsync(id);

        (await scene.ClaimedAsync()).Should().Equal($"{id}/@{ms}", $"{id}/2@{ms}");
        (await scene.Host.Triggers.HistoryAsync(id)).Select(firing => firing.DueAt).Should()
            .Equal(scene.Clock.GetUtcNow(), scene.Clock.GetUtcNow());
    }

    [Fact]
    public async Task FollowUp_HasAMarkInItsId_AndLivesWithItsParent()
    {
        await using var host = TestHost.Create(redis);
        var id = DerivedIds.FollowUp("order-7/shipped");

        id.Should().MatchRegex("^order-7/\\+[0-9A-Za-z]{22}$");
        (await host.Events.FindAsync(id)).Should().BeNull("it may be looked up");
    }
}
