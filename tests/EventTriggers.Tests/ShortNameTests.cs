using System.Text.RegularExpressions;

namespace EventTriggers.Tests;

/// <summary>
/// The short names of the public face mean one thing in a Web project: the project EventTriggers.ShortNames compiles, and names all of
/// them.
/// </summary>
public sealed class ShortNameTests
{
    [Fact]
    public void EachPublicType_IsNamedInAWebProject()
    {
        var program = File.ReadAllText(Path.Combine(Checkout.Root, "tests", "EventTriggers.ShortNames", "Program.cs"));

        var named = Regex.Matches(program, @"typeof\((\w+)(<\w+>)?\)")
            .Select(static name => name.Groups[1].Value + (name.Groups[2].Success ? "`1" : string.Empty));

        named.Should().BeEquivalentTo(typeof(Trigger).Assembly.GetExportedTypes().Select(static type => type.Name));
    }
}
