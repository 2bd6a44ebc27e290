namespace EventTriggers.Tests.Triggers;

/// <summary>What a trigger can wait for.</summary>
public sealed class TriggerOnTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private interface IUnnamed;

    [EventType("named")]
    private interface INamed;

    [Fact]
    public void On_AnInterfaceWithoutAWireName_IsRefusedByName()
    {
        var unnamed = () => Trigger.On<IUnnamed>();
        var generic = () => Trigger.On<IEnumerable<OrderPlaced>>();

        unnamed.Should().Throw<NotSupportedException>().WithMessage($"*{nameof(IUnnamed)} is an interface*wait for each of them*");
        generic.Should().Throw<NotSupportedException>().WithMessage("*IEnumerable*OrderPlaced* is an interface*");
        Trigger.On<INamed>().Should().NotBeNull();
    }

    [Fact]
    public void FollowedBy_WithoutTheEvent_IsRefused()
    {
        var text = () => Trigger.On("a").FollowedBy("b", static _ => null!);
        var typed = () => Trigger.On<OrderPlaced>().NotFollowedBy<Reminder>(static _ => null!);

        text.Should().Throw<ArgumentException>().WithMessage("Must return the event, but returned null*");
        typed.Should().Throw<ArgumentException>().WithMessage("Must return the event, but returned null*");
    }

    // One of two patterns would be left out.
    [Fact]
    public void FollowedBy_AnEventWithTwoPatterns_IsRefused()
    {
        var twice = () => Trigger.On("a").FollowedBy("b", static next => next.Matching("""{"x":[1]}""").Per("k").Matching("""{"y":[2]}"""));

        twice.Should().Throw<InvalidOperationException>().WithMessage("*'b' already has a condition*");
    }

    [Fact]
    public void FollowedBy_AnEventWithoutAnAllowedName_IsRefused()
    {
        var followed = () => Trigger.On("a").FollowedBy("b c");
        var silent = () => Trigger.On("a").NotFollowedBy(string.Empty);

        followed.Should().Throw<ArgumentException>().WithMessage("The event type must consist of*U+0020*");
        silent.Should().Throw<ArgumentException>().WithMessage("The event type must have 1 to 200*");
    }

    [Fact]
    public void FollowedBy_AndNotFollowedBy_AreRulesOfTheirOwnKind()
    {
        KindOf(Trigger.On("a").FollowedBy("b")).Should().Be(OverTimeKind.FollowedBy);
        KindOf(Trigger.On("a").NotFollowedBy("b")).Should().Be(OverTimeKind.NotFollowedBy);
        KindOf(Trigger.On<OrderPlaced>().FollowedBy<Reminder>()).Should().Be(OverTimeKind.FollowedBy);
        KindOf(Trigger.On<OrderPlaced>().NotFollowedBy<Reminder>()).Should().Be(OverTimeKind.NotFollowedBy);

        static OverTimeKind KindOf<TRule>(TriggerWithin<TRule> rule)
            where TRule : TriggerOn<TRule> => rule.Within(Minute).Definition.OverTime!.Kind;
    }

    // Each call adds to what the calls before it have said.
    [Fact]
    public void FollowingEvent_KeepsWhatEarlierCallsSaid_InAnyOrder()
    {
        var typed = Trigger.On<OrderPlaced>().FollowedBy<Reminder>(
            static next => next.Where(static one => one.Number > 1).Per(static one => one.Number).Where(static one => one.Number < 9));
        var text = Trigger.On("a").FollowedBy("b", static next => next.Per("user.id").Matching("""{"n":[1]}"""));
        var reversed = Trigger.On("a").NotFollowedBy("b", static next => next.Matching("""{"n":[1]}""").Per("user.id"));

        var lambdas = typed.Within(Minute).Definition.OverTime!;
        lambdas.NextCondition!.Lambdas.Should().HaveCount(2);
        lambdas.NextPer.Should().NotBeNull();
        foreach (var patterns in new[] { text.Within(Minute).Definition.OverTime!, reversed.Within(Minute).Definition.OverTime! })
        {
            patterns.NextType.Should().Be("b");
            patterns.NextCondition!.Pattern.Should().NotBeNull();
            patterns.NextPer.Should().NotBeNull();
        }
    }
}
