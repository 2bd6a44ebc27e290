using System.Collections.Concurrent;
using EventTriggers.Consuming.Duties;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace EventTriggers.Tests.Groups;

/// <summary>Several groups in one host: each gets every event once, with settings, room and time of its own.</summary>
public sealed class GroupTests(RedisFixture redis)
{
    [Fact]
    public async Task EachGroup_GetsEachEventOnce()
    {
        var handled = new ConcurrentQueue<(string Group, int Number)>();
        ValueTask Note(EventContext<OrderPlaced> context)
        {
            handled.Enqueue((context.Group, context.Event.Number));
            return default;
        }

        await using var host = TestHost.Create(redis, build => build
            .AddHandler<OrderPlaced>((context, _) => Note(context))
            .AddGroup("billing", group => group.AddHandler<OrderPlaced>((context, _) => Note(context)))
            .AddGroup("audit", group => group.AddHandler<OrderPlaced>((context, _) => Note(context)))).Start();
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 500).Select(static n => new OrderPlaced(n))]);
        await Wait.UntilAsync(() => handled.Count >= 1500, "all groups handle all events");

        var expected =
            from name in (string[])["default", "billing", "audit"]
            from number in Enumerable.Range(0, 500)
            select (name, number);
        handled.Order().Should().Equal(expected.Order());
    }

    // More than one claim can take or answer: what is of one group stays with it.
    [Fact]
    public async Task LargePayloadsOfManyGroups_AreNotMixedUp()
    {
        string[] names = [.. Enumerable.Range(0, 12).Select(static n => $"group-{n}")];
        var handled = new ConcurrentQueue<(string Group, string Id, int Length)>();
        await using var host = TestHost.Create(redis, build =>
        {
            foreach (var name in names)
            {
                build.AddGroup(name, group => group.AddHandler<OrderPlaced>((context, _) =>
                {
                    handled.Enqueue((context.Group, context.Id, context.Event.Country.Length));
                    return default;
                }));
            }
        }).Start();
        OrderPlaced[] orders = [.. Enumerable.Range(0, 100).Select(static n => new OrderPlaced(n, new string('x', n * 150)))];
        var published = await host.Bus.PublishManyAsync(orders);
        await Wait.UntilAsync(() => handled.Count >= 1200, "all groups handle all events");

        var expected =
            from name in names
            from one in published.Zip(orders)
            select (name, one.First.Id, one.Second.Country.Length);
        handled.Order().Should().Equal(expected.Order());
    }

    [Fact]
    [Trait("Fault", "138")]
    public async Task AGroupWhoseHandlersDoNotEnd_TakesNothingFromAnother()
    {
        var (end, stuck, handled) = (new TaskCompletionSource(), 0, 0);
        await using var host = TestHost.Create(redis, build => build
            .AddHandler<OrderPlaced>((_, _) =>
            {
                Interlocked.Increment(ref handled);
                return default;
            })
            .AddGroup("slow", group =>
            {
                group.Concurrency = 2;
                group.AddHandler<OrderPlaced>(async (_, _) =>
                {
                    Interlocked.Increment(ref stuck);
                    await end.Task;
                });
            })).Start();
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 1000).Select(static n => new OrderPlaced(n))]);
        await Wait.UntilAsync(() => handled == 1000, "the other group handles all events");
        await Wait.UntilAsync(() => Volatile.Read(ref stuck) == 2, "the slow group is full");

        (await host.Events.CountAsync("slow")).Should().Match<GroupCounts>(counts => counts.Leased == 2 && counts.Ready == 998);
        end.SetResult();
        await Wait.UntilAsync(async () => (await host.Events.CountAsync("slow")).Processed == 1000, "the slow group catches up");
    }

    [Fact]
    [Trait("Fault", "139")]
    public async Task AGroupWhoseHandlersAllFail_TakesNothingFromAnother()
    {
        const int Events = 300;
        var (handled, failed) = (new ConcurrentQueue<int>(), new ConcurrentQueue<(int Number, int Attempt)>());
        await using var host = TestHost.Create(redis, build => build
            .AddHandler<OrderPlaced>((context, _) =>
            {
                handled.Enqueue(context.Event.Number);
                return default;
            })
            .AddGroup("failing", group =>
            {
                group.MaxAttempts = 3;
                group.AddHandler<OrderPlaced>((context, _) =>
                {
                    failed.Enqueue((context.Event.Number, context.Attempt));
                    throw new InvalidOperationException("always");
                });
            })).Start();
        var published = await host.Bus.PublishManyAsync([.. Enumerable.Range(0, Events).Select(static n => new OrderPlaced(n))]);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync("failing")).Dead == Events, "the failing group gives up");
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == Events, "the other group handles all events");

        handled.Should().BeEquivalentTo(Enumerable.Range(0, Events), "a failure of one group is no retry of another");
        failed.Should().BeEquivalentTo(from n in Enumerable.Range(0, Events) from attempt in (int[])[1, 2, 3] select (n, attempt));
        (await host.Events.FindAsync(published[0].Id))!.Deliveries.ToDictionary(static one => one.Group, static one => one.Attempt)
            .Should().BeEquivalentTo(new Dictionary<string, int> { ["default"] = 1, ["failing"] = 3 });
    }

    [Fact]
    public async Task Settings_AreThoseOfTheGroup()
    {
        await using var host = TestHost.Create(
            redis,
            build => build
                .AddHandler<OrderPlaced>((_, _) => throw new InvalidOperationException("default"))
                .AddGroup("strict", group =>
                {
                    group.MaxAttempts = 2;
                    group.AddHandler<OrderPlaced>((_, _) => throw new InvalidOperationException("strict"));
                })
                .AddGroup("timed", group =>
                {
                    (group.HandlerTimeout, group.MaxAttempts) = (TimeSpan.FromMilliseconds(20), 1);
                    group.AddHandler<OrderPlaced>(static async (_, token) => await Task.Delay(Timeout.Infinite, token));
                }),
            options => options.MaxAttempts = 4).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(
            async () => (await host.Events.FindAsync(id))!.Deliveries.Count(static one => one.Status == DeliveryStatus.Dead) == 3,
            "all groups give up");

        var deliveries = (await host.Events.FindAsync(id))!.Deliveries.ToDictionary(static one => one.Group);
        (deliveries["default"].Attempt, deliveries["strict"].Attempt, deliveries["timed"].Attempt).Should().Be((4, 2, 1));
        deliveries["timed"].Error.Should().Contain("ran longer than HandlerTimeout");
    }

    [Fact]
    public async Task SettingsOfTheOptions_ReplaceThoseInCode_WhateverTheCaseOfTheName()
    {
        await using var host = TestHost.Create(
            redis,
            build => build.AddGroup("strict", group =>
            {
                (group.MaxAttempts, group.Concurrency) = (2, 3);
                group.AddHandler<OrderPlaced>((_, _) => throw new InvalidOperationException("strict"));
            }),
            options => options.Groups["STRICT"].MaxAttempts = 1).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync("strict")).Dead == 1, "the group gives up");

        (await host.Events.FindAsync(id))!.Deliveries.Should().ContainSingle().Which.Attempt.Should().Be(1);
        host.Log.Texts.Should().Contain(text => text.Contains("group strict", StringComparison.Ordinal)
            && text.Contains("3 handlers at a time", StringComparison.Ordinal), "what the options do not set stays");
    }

    // No group of a host may be too late because another one subscribed first.
    [Fact]
    public async Task EventsFromBeforeTheFirstHost_GoToEachOfItsGroups()
    {
        await using var host = TestHost.Create(redis, build => build
            .AddHandler<OrderPlaced>((_, _) => default)
            .AddGroup("billing", group => group.AddHandler<OrderPlaced>((_, _) => default)));
        var ids = (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 450).Select(static n => new OrderPlaced(n))]))
            .Select(static one => one.Id).ToArray();
        host.Start();
        await Wait.UntilAsync(
            async () => (await host.Events.CountAsync()).Processed + (await host.Events.CountAsync("billing")).Processed == 900,
            "both groups handle all");

        (await host.Events.FindAsync(ids[^1]))!.Deliveries.Select(static one => one.Group).Should().BeEquivalentTo("default", "billing");
    }

    [Fact]
    public async Task EachGroup_DrainsInItsOwnTime()
    {
        var (begun, patient) = (new CountdownEvent(2), new TaskCompletionSource<bool>());
        var impatient = new TaskCompletionSource();
        await using var host = TestHost.Create(redis, build => build
            .AddGroup("impatient", group =>
            {
                group.DrainTimeout = TimeSpan.Zero;
                group.AddHandler<OrderPlaced>(async (_, token) =>
                {
                    begun.Signal();
                    await using var ended = token.Register(impatient.SetResult);
                    await Task.Delay(Timeout.Infinite, token);
                });
            })
            .AddGroup("patient", group =>
            {
                group.DrainTimeout = TimeSpan.FromMinutes(10);
                group.AddHandler<OrderPlaced>(async (_, token) =>
                {
                    begun.Signal();
                    await impatient.Task;
                    patient.SetResult(token.IsCancellationRequested);
                });
            })).Start();
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(() => begun.IsSet, "both handlers run");
        await host.StopAsync();

        (await Wait.ForAsync(patient.Task)).Should().BeFalse("it had time left");
        (await host.Events.CountAsync("patient")).Processed.Should().Be(1);
        (await host.Events.CountAsync("impatient")).Ready.Should().Be(1, "its delivery was given back");
    }

    // It ignores its token: its delivery is given back without an attempt, and the other group's handler ends as if it were alone.
    [Fact]
    [Trait("Fault", "141")]
    public async Task AHandlerThatIsStuckAtDrain_HoldsNoOtherGroupBack_AndItsDeliveryIsReleased()
    {
        var (begun, finish, never) = (new CountdownEvent(2), new TaskCompletionSource(), new TaskCompletionSource());
        var prefix = RedisFixture.NewPrefix();
        var host = TestHost.Create(redis, prefix: prefix, build: build => build
            .AddGroup("stuck", group =>
            {
                group.DrainTimeout = TimeSpan.Zero;
                group.AddHandler<OrderPlaced>(async (_, _) =>
                {
                    begun.Signal();
                    await never.Task;
                });
            })
            .AddGroup("working", group =>
            {
                group.DrainTimeout = TimeSpan.FromMinutes(10);
                group.AddHandler<OrderPlaced>(async (_, _) =>
                {
                    begun.Signal();
                    await finish.Task;
                });
            })).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(() => begun.IsSet, "both handlers run");
        var stopping = host.StopAsync();
        await Wait.UntilAsync(
            async () => (await host.Events.CountAsync("stuck")).Ready == 1, "it is released while the other group still drains");
        stopping.IsCompleted.Should().BeFalse();
        finish.SetResult();
        await Wait.ForAsync(stopping);

        (await host.Events.CountAsync("working")).Processed.Should().Be(1);
        var released = new TaskCompletionSource<int>();
        await using var other = TestHost.Create(
            redis,
            build => build.AddGroup("stuck", group => group.AddHandler<OrderPlaced>((context, _) =>
            {
                released.SetResult(context.Attempt);
                return default;
            })),
            prefix: prefix).Start();
        (await Wait.ForAsync(released.Task)).Should().Be(1, "what was given back costs no attempt");
        await Wait.UntilAsync(async () => (await host.Events.CountAsync("stuck")).Processed == 1, "the other host's outcome counts");

        // What the stuck handler says later changes nothing.
        never.SetResult();
        await host.DisposeAsync();
        (await other.Events.FindAsync(id))!.Deliveries.Should().OnlyContain(static one => one.Status == DeliveryStatus.Processed);
    }

    // By the clock of the host that matches nothing is due yet: it learns of the matched event only by being woken.
    [Fact]
    public async Task WhereMatchingIsLeftToOtherHosts_TheyAreWokenForIt()
    {
        var (prefix, raised) = (RedisFixture.NewPrefix(), new TaskCompletionSource<string>());
        await using var matching = TestHost.Create(
            redis,
            build => build.AddHandler<Reminder>((context, _) =>
            {
                raised.TrySetResult(context.Firing?.TriggerId ?? "none");
                return default;
            }),
            time: Clock.At2030(),
            prefix: prefix);
        var (clock, due) = (Clock.At2030(), Clock.At2030().GetUtcNow().AddHours(1));
        await using var firing = TestHost.Create(redis, time: clock, prefix: prefix);
        await matching.Triggers.AddAsync(Trigger.On<OrderPlaced>().WithId("remind").Publish(new Reminder(1)));
        await firing.Triggers.AddAsync(Trigger.At(due).Publish(new OrderPlaced(1)));
        matching.Start();
        await Wait.UntilAsync(
            async () => await redis.Database.SortedSetLengthAsync($"{{{prefix}:0}}:waiting:$triggers") == 1, "the host waits to be woken");

        clock.Advance(TimeSpan.FromHours(2));
        await new FireDueDuty(firing.Keyspace, firing.Keyspace.Partitions[0], ["default"], NullLogger.Instance)
            .RunOnceAsync(consumer: null);

        (await Wait.ForAsync(raised.Task)).Should().Be("remind");
    }

    [Fact]
    public async Task WhereNoHostMatches_EventTriggersWait()
    {
        await using var host = TestHost.Create(
            redis, build => build.AddHandler<OrderPlaced>((_, _) => default), options => options.MatchingConcurrency = 0).Start();
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().WithId("remind").Publish(new Reminder(1)));
        await host.AsleepAsync(new OrderPlaced(1));

        (await host.Triggers.FindAsync("remind"))!.FiringCount.Should().Be(0);
        (await host.Events.CountAsync("$triggers")).Ready.Should().Be(1);
    }

    // What is done once a minute takes one call, however many groups there are; a claim serves all of them anyway.
    [Fact]
    public async Task TwentyGroups_SubscribeAndSweepInOneCallEach()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.HostConnectionString);
        await using var host = TestHost.Create(redis, connection: connection);
        var (keyspace, partition) = (host.Keyspace, host.Keyspace.Partitions[0]);
        string[] groups = [.. Enumerable.Range(0, 20).Select(static n => $"group-{n}")];
        var subscribe = new SubscribeDuty(
            keyspace, partition, [.. groups.Select(static group => new GroupType(group, "order.placed"))], NullLogger.Instance);
        var sweep = new SweepDuty(keyspace, partition, groups, host.Log);
        await keyspace.EnsureReadyAsync();
        await subscribe.RunOnceAsync();
        await sweep.RunOnceAsync();

        var session = new ProfilingSession();
        connection.RegisterProfiler(() => session);
        await subscribe.RunOnceAsync();
        await sweep.RunOnceAsync();

        session.FinishProfiling().Select(static call => call.Command).Should().Equal("EVALSHA", "EVALSHA");
    }
}
