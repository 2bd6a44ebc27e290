namespace EventTriggers.Tests;

/// <summary>The checkout that the tests were built in, for tests that read its documents.</summary>
internal static class Checkout
{
    public static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder!.FullName, "EventTriggers.sln")))
            {
                folder = folder.Parent;
            }

            return folder.FullName;
        }
    }
}
