namespace Hawser.Net;

/// <summary>Why something that was asked for did not happen. Each reason has one exit code: cli.md §4.</summary>
public enum Reason
{
    /// <summary>It failed, and no other reason here says it better.</summary>
    Failed,

    /// <summary>This build cannot do it.</summary>
    NotSupported,

    /// <summary>It took longer than was allowed.</summary>
    TimedOut,

    /// <summary>What was typed cannot be understood.</summary>
    Usage,

    /// <summary>No deed is known for this routing ID.</summary>
    NoSuchId,

    /// <summary>No contact has this name.</summary>
    NoSuchPeer,

    /// <summary>Nothing of this name is exposed.</summary>
    NoSuchService,

    /// <summary>The other side, or its owner's rules, said no.</summary>
    Refused,

    /// <summary>No answer, or no path.</summary>
    Unreachable,

    /// <summary>Another process has this home open.</summary>
    HomeInUse,

    /// <summary>No node runs on this home, and the verb is about a running one.</summary>
    NotRunning,

    /// <summary>The store cannot be read as what it should be.</summary>
    StoreCorrupt,

    /// <summary>A file or folder cannot be read or written.</summary>
    FileTrouble,

    /// <summary>There is no room on the disk.</summary>
    DiskFull,

    /// <summary>Another program listens there.</summary>
    PortBusy,

    /// <summary>A native library is not installed.</summary>
    LibraryMissing,

    /// <summary>Something else about this machine is in the way.</summary>
    LocalTrouble,

    /// <summary>A signature, proof or hash is not right.</summary>
    VerificationFailed,

    /// <summary>The user stopped it.</summary>
    Interrupted,
}

internal static class Reasons
{
    public static int ExitCodeOf(Reason reason) => reason switch
    {
        Reason.Failed or Reason.NotSupported or Reason.TimedOut => 1,
        Reason.Usage => 2,
        Reason.NoSuchId or Reason.NoSuchPeer or Reason.NoSuchService => 3,
        Reason.Refused => 4,
        Reason.Unreachable => 5,
        Reason.HomeInUse or Reason.NotRunning or Reason.StoreCorrupt or Reason.FileTrouble or Reason.DiskFull or Reason.PortBusy
            or Reason.LibraryMissing or Reason.LocalTrouble => 6,
        Reason.VerificationFailed => 7,
        Reason.Interrupted => 130,
    };
}
