namespace EventTriggers.Tool;

internal static class Program
{
    public static Task<int> Main(string[] args) => ToolProgram.RunAsync(args, Terminal.OfProcess());
}
