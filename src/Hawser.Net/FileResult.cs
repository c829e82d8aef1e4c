namespace Hawser.Net;

/// <summary>What became of a file that was sent.</summary>
/// <param name="Path">Where it lies here.</param>
/// <param name="Name">Under which name it was offered.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Of its contents, in base64url.</param>
/// <param name="Outcome">Stored, or why not.</param>
public sealed record FileResult(string Path, string Name, long Size, string Sha256, FileOutcome Outcome);

/// <summary>How far a file is.</summary>
/// <param name="Path">Where it lies here.</param>
/// <param name="Phase">What is being done.</param>
/// <param name="Done">Bytes.</param>
/// <param name="Size">Bytes of all of it.</param>
public readonly record struct FileProgress(string Path, FilePhase Phase, long Done, long Size);

/// <summary>What is being done with a file.</summary>
public enum FilePhase
{
    /// <summary>It is read, so that it can be offered by its hash.</summary>
    Hashing,

    /// <summary>It is on its way.</summary>
    Sending,
}

/// <summary>The receiver's last word on a file.</summary>
public enum FileOutcome
{
    /// <summary>It is on the receiver's disk, durably.</summary>
    Stored,

    /// <summary>The receiver did not want it.</summary>
    Declined,

    /// <summary>It does not fit into the inbox.</summary>
    NoRoom,

    /// <summary>No file may bear such a name there.</summary>
    BadName,

    /// <summary>Other bytes arrived than were offered: the file changed while it was sent.</summary>
    Mismatch,

    /// <summary>The receiver could not store it.</summary>
    Failed,
}

/// <summary>A file that came into the inbox.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Of its contents, in base64url.</param>
/// <param name="From">The sender's channel key.</param>
public sealed record ReceivedFile(string Name, long Size, string Sha256, string From);
