using Hawser.Net;

namespace Hawser.Cli;

/// <summary>Files that a command line names.</summary>
internal static class Inputs
{
    private const long MaxText = 4 << 20;

    public static async Task<string> ReadTextAsync(string path, CancellationToken cancel)
    {
        try
        {
            if (path == "-") return await Console.In.ReadToEndAsync(cancel);
            if (new FileInfo(path).Length > MaxText) throw new HawserException(Reason.Usage, $"{path} is too large to be that", null);
            return await File.ReadAllTextAsync(path, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HawserException(Reason.FileTrouble, $"{path} cannot be read", "see that it is there and yours", e);
        }
    }
}
