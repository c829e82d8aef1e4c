using Hawser.Net;

namespace Hawser.Cli;

/// <summary>The seam for the demonstration.</summary>
internal static class Demo
{
    public static Task RunAsync(VerbCall call, string file, bool keep)
    {
        call.Cancel.ThrowIfCancellationRequested();
        throw new HawserException(Reason.NotSupported, $"this build cannot show how {Path.GetFileName(file)} is sent{(keep ? " and stay" : "")}");
    }
}
