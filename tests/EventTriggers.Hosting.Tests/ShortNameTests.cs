using System.Text.RegularExpressions;
using EventTriggers.Testing;
using EventTriggers.Tests;

namespace EventTriggers.Hosting.Tests;

/// <summary>
/// The short names of the public face, of the hosting package's, of the dashboard's and of the test kit's mean one thing in a Web project:
/// the project EventTriggers.ShortNames compiles, and names all of them.
/// </summary>
public sealed class ShortNameTests
{
    [Fact]
    public void EachPublicType_IsNamedInAWebProject()
    {
        var program = File.ReadAllText(Path.Combine(Checkout.Root, "tests", "EventTriggers.ShortNames", "Program.cs"));

        var named = Regex.Matches(program, @"typeof\((\w+)(<\w+>)?\)")
            .Select(static name => name.Groups[1].Value + (name.Groups[2].Success ? "`1" : string.Empty));

        named.Should().BeEquivalentTo(
            new[] { typeof(Trigger), typeof(EventTriggersDashboardOptions), typeof(EventTriggersHealthOptions), typeof(TestEventBus) }
                .SelectMany(static one => one.Assembly.GetExportedTypes()).Select(static type => type.Name));
    }
}
