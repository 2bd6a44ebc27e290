using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventTriggers.Tests.Triggers;

/// <summary>What defines a trigger can be read back from the store.</summary>
public sealed class TriggerRecordTests(RedisFixture redis)
{
    private static readonly JsonSerializerOptions WithoutNull = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private static readonly EventTemplate Template = new("shop.alert", """{"order":"$.order.id"}""");

    public static TheoryData<string, string> Rules => new()
    {
        { "each", """{"Kind":"Each","NextAliases":[],"DistinctBy":"/id","DistinctSpan":"00:01:00","AtMost":2,"AtMostSpan":"00:00:30"}""" },
        { "count", """{"Kind":"Count","Count":5,"Span":"00:01:00","Per":"/user/id","NextAliases":[]}""" },
        { "then",
            """{"Kind":"FollowedBy","Span":"00:00:20","Per":"/id","NextType":"order.paid","NextAliases":[],"NextPattern":"{\u0022total\u0022:[1]}","NextPer":"/order"}""" },
        { "without", """{"Kind":"NotFollowedBy","Span":"00:30:00","NextType":"order.paid","NextAliases":[]}""" },
        { "debounce", """{"Kind":"Debounce","Span":"00:00:05","MaxWait":"00:01:00","NextAliases":[]}""" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task Find_OfATriggerOverTime_TellsItsRule(string kind, string expected)
    {
        await using var host = TestHost.Create(redis);
        var id = await host.Triggers.AddAsync(Of(kind).Publish(Template));

        var rule = (await host.Triggers.FindAsync(id))!.OverTime;

        JsonSerializer.Serialize(rule, WithoutNull)
            .Should().Be(JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(expected)));
    }

    [Fact]
    public async Task Find_OfATriggerWithATemplateAndWhatCancelsIt_TellsBoth()
    {
        await using var host = TestHost.Create(redis);
        var id = await host.Triggers.AddAsync(Trigger.On("order.placed").Publish(Template)
            .CancelOn(EventCondition.On("order.paid", """{"order":[7]}""")));

        var trigger = (await host.Triggers.FindAsync(id))!;

        trigger.Template.Should().Be("""{"order":"$.order.id"}""");
        (trigger.CancelOn!.Type, trigger.CancelOn.Pattern).Should().Be(("order.paid", """{"order":[7]}"""));
        trigger.OverTime.Should().BeNull();
    }

    // Something else may write what no date is; the nearest one is shown, and nothing but the next occurrences is lost.
    [Theory]
    [InlineData("9223372036854775807", "9999-12-31T23:59:59.9990000+00:00")]
    [InlineData("-9223372036854775808", "0001-01-01T00:00:00.0000000+00:00")]
    public async Task Find_OfTimesBeyondAllDates_TellsTheFirstAndTheLastDate(string ms, string expected)
    {
        await using var host = TestHost.Create(redis);
        var id = await host.Triggers.AddAsync(Trigger.Cron("* * * * *").Publish(new Reminder(1)));
        await redis.Database.HashSetAsync($"{{{host.Prefix}:0}}:trigger:{id}", [new("due", ms), new("slot", ms), new("last", ms)]);

        var found = (await host.Triggers.FindAsync(id))!;

        (found.DueAt!.Value.ToString("o"), found.LastFiredAt!.Value.ToString("o")).Should().Be((expected, expected));
        found.Unreadable.Should().BeNull();
        found.Preview(3).Should().HaveCountLessThanOrEqualTo(3);
    }

    [Fact]
    public async Task Find_OfATriggerWithoutMore_TellsNeither()
    {
        await using var host = TestHost.Create(redis);
        var id = await host.Triggers.AddAsync(Trigger.On("order.placed").PublishRaw("shop.alert", "{}"u8.ToArray()));

        var trigger = (await host.Triggers.FindAsync(id))!;

        (trigger.OverTime, trigger.Template, trigger.CancelOn).Should().Be((null, null, null));
    }

    [Theory]
    [InlineData("over", "count five")]
    [InlineData("throttle", "1")]
    [InlineData("distinct", "1000")]
    [InlineData("nextpattern", "{")]
    [InlineData("cancelon", "order.paid soon {}")]
    public async Task Find_OfARuleThatCannotBeRead_SaysSo(string field, string value)
    {
        await using var host = TestHost.Create(redis);
        var id = await host.Triggers.AddAsync(Of("then").Publish(Template).WithId("broken"));
        await redis.Database.HashSetAsync(host.Keyspace.Partitions[0].Keys.Trigger(id), field, value);

        var trigger = (await host.Triggers.FindAsync(id))!;

        trigger.Unreadable.Should().NotBeNull();
        trigger.Template.Should().NotBeNull("the rest is read");
    }

    private static TriggerOn Of(string kind) => kind switch
    {
        "each" => Trigger.On("order.placed").DistinctBy("id", TimeSpan.FromMinutes(1)).AtMost(2, TimeSpan.FromSeconds(30)),
        "count" => Trigger.On("order.placed").Per("user.id").Count(5).Within(TimeSpan.FromMinutes(1)),
        "then" =>
            Trigger.On("order.placed").Per("id").FollowedBy("order.paid", next => next.Matching("""{"total":[1]}""").Per("order"))
                .Within(TimeSpan.FromSeconds(20)),
        "without" => Trigger.On("order.placed").NotFollowedBy("order.paid").Within(TimeSpan.FromMinutes(30)),
        _ => Trigger.On("order.placed").Debounce(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1)),
    };
}
