; The installer for Windows, by Inno Setup 6.3 or later:  iscc /DVersion=0.1.0 packaging\windows\installer.iss
; For one user, without an administrator. The frozen program has to lie in dist\agent-connector.

#ifndef Version
  #error The version is missing: iscc /DVersion=0.1.0 installer.iss
#endif
#define Name "Agent Connector"
#define Program "agent-connector.exe"

[Setup]
; Names the program to Windows for all its life: never to be changed.
AppId={{5C5F4D0B-7E0C-4E0E-9C43-2B7E5A9C1D11}
AppName={#Name}
AppVersion={#Version}
AppVerName={#Name} {#Version}
AppPublisher={#Name} contributors
DefaultDirName={localappdata}\Programs\{#Name}
DefaultGroupName={#Name}
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
SourceDir=..\..
OutputDir=dist
OutputBaseFilename=agent-connector-{#Version}-setup
SetupIconFile=build\package\stage\icons\agent-connector.ico
UninstallDisplayIcon={app}\{#Program}
UninstallDisplayName={#Name}
LicenseFile=LICENSE
Compression=lzma2
SolidCompression=yes
WizardStyle=modern
; A running program is asked to end before its files are replaced, and not started again behind the user's back.
CloseApplications=no
RestartApplications=no

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "de"; MessagesFile: "compiler:Languages\German.isl"
Name: "es"; MessagesFile: "compiler:Languages\Spanish.isl"

[CustomMessages]
en.Autostart=Start {#Name} when I log in
de.Autostart={#Name} beim Anmelden starten
es.Autostart=Iniciar {#Name} al iniciar sesión
en.RemoveData=Also delete the record of your calls, recordings, settings and stored keys?%n%nChoose No to keep them for a later installation.
de.RemoveData=Auch die Aufzeichnungen Ihrer Anrufe, Einstellungen und gespeicherten Schlüssel löschen?%n%nMit Nein bleiben sie für eine spätere Installation erhalten.
es.RemoveData=¿Eliminar también el registro de sus llamadas, las grabaciones, los ajustes y las claves guardadas?%n%nElija No para conservarlos para otra instalación.

[Tasks]
Name: "autostart"; Description: "{cm:Autostart}"; Flags: unchecked
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; GroupDescription: "{cm:AdditionalIcons}"; Flags: unchecked

[InstallDelete]
; Modules of an older version must not be found beside the new ones.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "dist\agent-connector\*"; DestDir: "{app}"; Flags: recursesubdirs createallsubdirs ignoreversion

[Icons]
Name: "{group}\{#Name}"; Filename: "{app}\{#Program}"; AppUserModelID: "org.agent-connector"
Name: "{userdesktop}\{#Name}"; Filename: "{app}\{#Program}"; Tasks: desktopicon

[Registry]
; The value that the program's own setting “Start at login” reads and writes.
Root: HKCU; Subkey: "Software\Microsoft\Windows\CurrentVersion\Run"; ValueType: string; ValueName: "AgentConnector"; \
    ValueData: """{app}\{#Program}"" --at-login"; Tasks: autostart
Root: HKCU; Subkey: "Software\Microsoft\Windows\CurrentVersion\Run"; ValueType: none; ValueName: "AgentConnector"; \
    Flags: uninsdeletevalue dontcreatekey
Root: HKCU; Subkey: "Software\Classes\agent-connector"; ValueType: string; ValueData: "URL:{#Name}"; \
    Flags: uninsdeletekey
Root: HKCU; Subkey: "Software\Classes\agent-connector"; ValueType: string; ValueName: "URL Protocol"; ValueData: ""
Root: HKCU; Subkey: "Software\Classes\agent-connector\DefaultIcon"; ValueType: string; ValueData: "{app}\{#Program},0"
Root: HKCU; Subkey: "Software\Classes\agent-connector\shell\open\command"; ValueType: string; \
    ValueData: """{app}\{#Program}"" --link ""%1"""

[Run]
Filename: "{app}\{#Program}"; Description: "{cm:LaunchProgram,{#Name}}"; Flags: nowait postinstall skipifsilent

[Code]
procedure Connector(Words: String);
var
  Status: Integer;
begin
  { The program's own commands: see `agent-connector --help`. }
  if FileExists(ExpandConstant('{app}\{#Program}')) then
    Exec(ExpandConstant('{app}\{#Program}'), Words, '', SW_HIDE, ewWaitUntilTerminated, Status);
end;

procedure EndProgram;
var
  Status: Integer;
begin
  { It hangs up and lets go of its port. What does not listen is ended by the system. }
  Connector('quit');
  Exec(ExpandConstant('{sys}\taskkill.exe'), '/F /IM {#Program} /IM agent-connector-cli.exe', '', SW_HIDE, ewWaitUntilTerminated, Status);
end;

function PrepareToInstall(var NeedsRestart: Boolean): String;
begin
  EndProgram;
  Result := '';
end;

procedure CurUninstallStepChanged(Step: TUninstallStep);
begin
  if Step <> usUninstall then
    exit;
  EndProgram;
  { Asked, never assumed; a silent removal keeps everything. }
  if not UninstallSilent and
    (MsgBox(CustomMessage('RemoveData'), mbConfirmation, MB_YESNO or MB_DEFBUTTON2) = IDYES) then
    Connector('remove --yes --data --keys')
  else
    Connector('remove --yes');
end;
