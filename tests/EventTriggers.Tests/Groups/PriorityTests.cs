using EventTriggers.Redis.Operations;
using static EventTriggers.Tests.Groups.PriorityScene;

namespace EventTriggers.Tests.Groups;

/// <summary>High, normal and low priority: how claims share their room, and how each is counted and listed.</summary>
public sealed class PriorityTests(RedisFixture redis)
{
    public static TheoryData<int, int> Claims => new() { { 1, 300 }, { 5, 60 }, { 12, 25 }, { 100, 3 } };

    [Theory]
    [MemberData(nameof(Claims))]
    public async Task Claims_ShareTheirRoom_EightToThreeToOne(int room, int claims)
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: room);
        await scene.PublishAsync(300, All);

        var taken = await scene.ClaimAsync(claims);

        taken.Should().HaveCount(300);
        taken.Count(Priority.High).Should().BeInRange(190, 210, "8 of 12 are 200");
        taken.Count(Priority.Normal).Should().BeInRange(71, 79, "3 of 12 are 75");
        taken.Count(Priority.Low).Should().BeInRange(23, 27, "1 of 12 is 25");
    }

    [Theory]
    [InlineData(Priority.High)]
    [InlineData(Priority.Normal)]
    [InlineData(Priority.Low)]
    public async Task Claims_GiveAllTheirRoom_ToThePriorityThatIsThere(Priority only)
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 12);
        await scene.PublishAsync(36, only);

        (await scene.ClaimAsync(3)).Select(static one => one.Number).Should().Equal(Enumerable.Range(0, 36));
        scene.Consumer.Left.Should().Be(0);
    }

    [Fact]
    public async Task Claims_GiveWhatOnePriorityDoesNotUse_ToTheHigherOneFirst()
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 12);
        await scene.PublishAsync(50, Priority.Normal, Priority.Low);

        var taken = await scene.ClaimAsync(1);

        (taken.Count(Priority.Normal), taken.Count(Priority.Low)).Should().Be((11, 1));
        scene.Consumer.Left.Should().Be(88);
    }

    [Fact]
    public async Task EachPriority_ComesInTheOrderOfItsPublish()
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 7);
        await scene.PublishAsync(40, All);

        var taken = await scene.ClaimAsync(18);

        foreach (var priority in All)
        {
            taken.Where(one => one.Priority == priority).Select(static one => one.Number).Should().Equal(Enumerable.Range(0, 40));
        }
    }

    [Fact]
    public async Task EventsThatWaitedForTheirFirstGroup_HaveTheirPriority()
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 12, subscribes: false);
        await scene.PublishAsync(50, All);

        await scene.Consumer.SubscribeAsync("order.placed");

        var taken = await scene.ClaimAsync(1);
        (taken.Count(Priority.High), taken.Count(Priority.Normal), taken.Count(Priority.Low)).Should().Be((8, 3, 1));
    }

    [Fact]
    public async Task EachList_IsCountedListedCanceledAndRemoved()
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 12);
        await scene.PublishAsync(4, All);
        var (group, events) = (scene.Host.Keyspace.Options.Group, scene.Host.Events);

        (await events.CountAsync()).Ready.Should().Be(12);
        var listed = await events.QueryAsync(new EventQuery { Status = DeliveryStatus.Ready }).ToListAsync();
        listed.Select(static one => one.Priority).Should().BeEquivalentTo(All.SelectMany(static one => Enumerable.Repeat(one, 4)));

        scene.Clock.Advance(TimeSpan.FromMinutes(1));
        (await events.CountAsync()).Lag.Should().Be(TimeSpan.FromMinutes(1));
        (await scene.Host.Services.GetRequiredService<IGroupStore>().ReadRatesAsync(group, scene.Begin, scene.Begin.AddMinutes(1)))
            .Intervals.Single().Published.Should().Be(12);
        var operation = await events.CancelAsync(new EventQuery { Status = DeliveryStatus.Ready });
        await scene.Consumer.AdvanceOperationAsync();
        (await scene.Host.Operations.FindAsync(operation))!.Changed.Should().Be(12);
        (await scene.ClaimAsync(1)).Should().BeEmpty();
        (await events.CountAsync()).Ready.Should().Be(0);

        await scene.PublishAsync(4, All);
        await scene.Host.Services.GetRequiredService<IGroupStore>().RemoveAsync(group, force: true);
        (await scene.KeysAsync("ready*")).Should().BeEmpty();
    }

    [Theory]
    [InlineData(Priority.High)]
    [InlineData(Priority.Normal)]
    [InlineData(Priority.Low)]
    public async Task TheOldestOfAnyPriority_IsTheLag(Priority priority)
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 12);
        await scene.PublishAsync(1, priority);
        scene.Clock.Advance(TimeSpan.FromSeconds(5));
        await scene.PublishAsync(1, All);

        var counts = await scene.Host.Events.CountAsync();
        var keyspace = scene.Host.Keyspace;
        var measured = (await keyspace.Scripts.RunAsync(new MeasureGroupsRequest
        {
            Partition = keyspace.Partitions[0], Now = keyspace.PinnedNow, Groups = [keyspace.Options.Group],
        })).Single();

        (counts.Ready, counts.Lag).Should().Be((4, TimeSpan.FromSeconds(5)));
        (measured.Ready, measured.Lag).Should().Be((4, TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task ABound_CountsEachPriority()
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 12, most: 6);
        await scene.PublishAsync(2, All);

        var publish = () => scene.PublishAsync(1, Priority.High);

        (await publish.Should().ThrowAsync<PublishRefusedException>()).Which.Waiting.Should().Be(6);
    }

    [Fact]
    public async Task AnotherTypeOfKey_RefusesOnlyThePublishThatNeedsIt()
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 12);
        await redis.Database.StringSetAsync(scene.Keys.ReadyHigh, "x");

        var publish = () => scene.PublishAsync(1, Priority.High);

        await publish.Should().ThrowAsync<InvalidOperationException>().WithMessage($"*{scene.Keys.ReadyHigh}*string*");
        await scene.PublishAsync(1, Priority.Normal, Priority.Low);
        (await scene.ClaimAsync(1)).Should().HaveCount(2);
    }

    [Fact]
    public async Task AnUnknownPriority_IsRefused_AndNothingIsPublished()
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 12);

        var publish = () => scene.PublishAsync(1, (Priority)7);

        await publish.Should().ThrowAsync<ArgumentOutOfRangeException>()
            .WithMessage("Priority must be High, Normal or Low, but is 7.*");
        (await scene.Host.Events.CountAsync()).Ready.Should().Be(0);
    }

    [Fact]
    public async Task WithoutPriorities_NothingIsStored()
    {
        await using var scene = await PriorityScene.BeginAsync(redis, concurrency: 12);
        await scene.PublishAsync(1, Priority.Normal);

        var lease = await scene.Consumer.ClaimOneAsync();

        var hash = scene.Host.Keyspace.Partitions[0].Keys.Event(lease.Delivery.Id);
        (await redis.Database.HashExistsAsync(hash, "priority")).Should().BeFalse();
        (await scene.KeysAsync("prioritized")).Should().BeEmpty();
    }
}
