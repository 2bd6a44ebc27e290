using EventTriggers.Redis.Operations;

namespace EventTriggers.Tests.Redis;

/// <summary>What is sent of a script and of the parts that it shares with others.</summary>
public sealed class ScriptTextTests
{
    [Fact]
    public void Join_SendsWhatIsMentioned_WithWhatThatNeeds_InTheirOrder() =>
        ScriptText.Join(
            "-- A comment.\nlocal a, b = 1, 2\nlocal unused = 3\n",
            [
                "local function needed()\n  -- Inside.\n  return b\nend\n\nlocal function needless()\n  return unused\nend\n",
            ],
            "--[[\n  Says unused and needless.\n]]\n-- Says needless.\nreturn needed()\n")
            .Should().Be(
                "local a, b = 1, 2\nlocal function run()\nlocal function needed()\n  return b\nend\nreturn needed()\nend\nreturn run()");

    // It may prepare what a script relies on without naming it.
    [Fact]
    public void Join_SendsStatementsThatDefineNothing_WithWhatTheyNeed() =>
        ScriptText.Join("local box = {}\nlocal other = {}\n", ["box.list = {}\n"], "return 1")
            .Should().Be("local box = {}\nlocal function run()\nbox.list = {}\nreturn 1\nend\nreturn run()");

    // Above its definition, a name is not the local one.
    [Fact]
    public void Join_OfWhatOnlyAnEarlierPartMentions_LeavesItOut() =>
        ScriptText.Join("local function early()\n  return late\nend\n", ["local late = 1\n"], "return early()")
            .Should().Be("local function early()\n  return late\nend\nlocal function run()\nreturn early()\nend\nreturn run()");

    // The text, and with it its hash, is the same from every checkout.
    [Fact]
    public void Join_OfLinesWithCarriageReturns_SendsNone() =>
        ScriptText.Join(string.Empty, ["local a = {\r\n  1,\r\n}\r\n"], "-- Comment.\r\nreturn a\r\n")
            .Should().NotContain("\r").And.Contain("local a = {\n  1,\n}\nreturn a\n");
}
