namespace EventTriggers.Tests.Triggers;

/// <summary>What a trigger can wait for.</summary>
public sealed class TriggerOnTests
{
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
}
