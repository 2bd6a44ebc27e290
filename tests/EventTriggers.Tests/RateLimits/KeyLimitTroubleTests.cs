using EventTriggers.Testing;

namespace EventTriggers.Tests.RateLimits;

/// <summary>
/// A group that limits how many deliveries of a key begin, where consumers die, keys are lost or foreign, or memory is full.
/// </summary>
public sealed class KeyLimitTroubleTests(RedisFixture redis)
{
    // What it began counts. The next one begins when the limit allows it, and what was lost first of all.
    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [Trait("Fault", "169")]
    public async Task AConsumerThatDies_LosesItsGrant_AndItsDeliveryIsTheNext(int? places)
    {
        await using var scene = new KeyLimitScene(redis, places: places);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(3);
        (await scene.ClaimAsync()).Should().Equal(ids[0]);

        await scene.PassAsync(601);
        await scene.Consumer.ReapAsync();

        (await scene.HandleAsync()).Should().Equal(ids[0]);
        (await scene.HandleAsync()).Should().BeEmpty();
        await scene.PassAsync(10);
        (await scene.HandleAsync()).Should().Equal(ids[1]);
    }

    // Its limit cannot be kept, so nothing of the key begins; others go on.
    [Fact]
    [Trait("Fault", "170")]
    public async Task AKeyWhoseLimitHoldsSomethingElse_Waits_UntilThatIsRemoved()
    {
        await using var scene = new KeyLimitScene(redis);
        await scene.SubscribeAsync();
        await HostileKeys.WriteAsync(redis.Database, scene.Key("limit:$key:default:a"), "list");
        var (a, b) = (await scene.PublishAsync(2), await scene.PublishAsync(1, "b"));

        (await scene.ClaimAsync()).Should().Equal(b);
        scene.NextInMs.Should().Be(1000);
        await scene.PassAsync(1);
        (await scene.ClaimAsync()).Should().BeEmpty();
        (await redis.Database.SortedSetScoreAsync(scene.Key("foreign"), scene.Key("limit:$key:default:a").ToString())).Should().NotBeNull();
        await redis.Database.KeyDeleteAsync(scene.Key("limit:$key:default:a"));
        await scene.PassAsync(1);

        (await scene.ClaimAsync()).Should().Equal(a[0]);
    }

    // Nothing stands there that could be read: as many count as begun as may.
    [Theory]
    [InlineData("nonsense")]
    [InlineData("99999999999999999999 1.0 0")]
    [Trait("Fault", "170")]
    public async Task ALimitThatSomethingElseHasWritten_CountsAsUsedUp_AndRunsOut(string text)
    {
        await using var scene = new KeyLimitScene(redis, count: 1, burst: 2);
        await scene.SubscribeAsync();
        await redis.Database.StringSetAsync(scene.Key("limit:$key:default:a"), text);
        var ids = await scene.PublishAsync(1);

        (await scene.ClaimAsync()).Should().BeEmpty();
        scene.NextInMs.Should().Be(10_000);
        await scene.PassAsync(10);

        (await scene.ClaimAsync()).Should().Equal(ids);
    }

    // The keys that must wait cannot be noted: the sweep lets them go on.
    [Fact]
    [Trait("Fault", "170")]
    public async Task WhereTheMomentsOfKeysCannotBeKept_NoMoreBegins_AndKeysGoOnByTheSweep()
    {
        await using var scene = new KeyLimitScene(redis);
        await scene.SubscribeAsync();
        await HostileKeys.WriteAsync(redis.Database, scene.Key("limited:default"), "string");
        var (a, b) = (await scene.PublishAsync(3), await scene.PublishAsync(1, "b"));

        (await scene.ClaimAsync()).Should().Equal(a[0], b[0]);
        await scene.Consumer.SweepAsync();
        (await scene.ClaimAsync()).Should().BeEmpty();
        await scene.PassAsync(10);
        await scene.Consumer.SweepAsync();
        (await scene.ClaimAsync()).Should().Equal(a[1]);
        await redis.Database.KeyDeleteAsync(scene.Key("limited:default"));
        await scene.PassAsync(10);
        await scene.Consumer.SweepAsync();

        (await scene.ClaimAsync()).Should().Equal(a[2]);
    }

    [Fact]
    [Trait("Fault", "170")]
    public async Task TheMomentsOfKeys_ThatAreLost_AreMadeAnewByTheSweep()
    {
        await using var scene = new KeyLimitScene(redis);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(2);
        await scene.ClaimAsync();
        await redis.Database.KeyDeleteAsync(scene.Key("limited:default"));

        await scene.Consumer.SweepAsync();
        (await scene.ClaimAsync()).Should().BeEmpty();
        scene.NextInMs.Should().Be(10_000);
        await scene.PassAsync(10);

        (await scene.ClaimAsync()).Should().Equal(ids[1]);
    }

    [Fact]
    public async Task AMomentOfAKeyOfWhichNothingWaits_IsForgottenByTheSweep()
    {
        await using var scene = new KeyLimitScene(redis);
        await scene.SubscribeAsync();
        await scene.PublishAsync(2);
        await scene.ClaimAsync();
        await redis.Database.SortedSetAddAsync(scene.Key("limited:default"), "gone", double.PositiveInfinity);

        await scene.Consumer.SweepAsync();

        (await redis.Database.SortedSetRangeByRankAsync(scene.Key("limited:default"))).Should().Equal("a");
    }

    [Fact]
    public async Task RemovingTheGroup_LeavesNoMomentsOfKeys()
    {
        await using var scene = new KeyLimitScene(redis);
        await scene.SubscribeAsync();
        await scene.PublishAsync(2);
        await scene.ClaimAsync();

        await scene.Host.Services.GetRequiredService<IGroupStore>().RemoveAsync("default", force: true);

        (await redis.Database.KeyExistsAsync(scene.Key("limited:default"))).Should().BeFalse();
        (await redis.Database.KeyExistsAsync(scene.Key("settings:default"))).Should().BeFalse();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [Trait("Fault", "171")]
    public async Task WhenMemoryIsFull_TheLimitIsKept_AndKeysGoOn(int? places)
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync(static options => options.AllowAdmin = true);
        await using var scene = new KeyLimitScene(redis, places: places, connection: connection);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(4);
        await connection.GetServers()[0].ConfigSetAsync("maxmemory", "1");
        await scene.SubscribeAsync();

        for (var n = 0; n < 4; n++)
        {
            (await scene.HandleAsync()).Should().Equal(ids[n]);
            (await scene.HandleAsync()).Should().BeEmpty();
            scene.Clock.Advance(TimeSpan.FromSeconds(10));
        }
    }
}
